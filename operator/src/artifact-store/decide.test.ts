import { expect, test } from "vitest";
import { checkConditions } from "../controller/conditions.ts";
import type { ArtifactStore, PersistentVolumeClaim } from "../objects.ts";
import { decide } from "./decide.ts";
import { summarize } from "./summarize.ts";

const store: ArtifactStore = {
  apiVersion: "openreg.dev/v1alpha1",
  kind: "ArtifactStore",
  metadata: { name: "default", namespace: "bank-a", generation: 1 },
  spec: { persistentVolumeClaimRef: { name: "artifacts" } },
};
const claimIn = (phase: string): PersistentVolumeClaim => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "artifacts" },
  status: { phase },
});

const cases: Record<string, { claim: PersistentVolumeClaim | undefined; expected: object }> = {
  "is Ready with a bound claim": { claim: claimIn("Bound"), expected: { ready: true } },
  "is Ready with a claim that waits for its first Pod": { claim: claimIn("Pending"), expected: { ready: true } },
  "is not Ready without its claim": {
    claim: undefined,
    expected: { ready: false, reason: "ClaimNotFound", message: expect.stringContaining("'artifacts'") },
  },
  "is not Ready when the volume is gone": { claim: claimIn("Lost"), expected: { ready: false, reason: "ClaimLost" } },
};

test.each(Object.entries(cases))("%s", (_sentence, { claim, expected }) => {
  const input = { store, ...(claim && { claim }) };
  const decision = decide(input);
  expect(decision).toMatchObject(expected);
  const status = summarize(input, decision, "2026-04-01T12:00:00Z");
  expect(checkConditions({ ...store, ...{ status } })).toEqual([]);
  expect(status.conditions?.some(({ type }) => type === "Stalled")).toBe(!decision.ready);
});
