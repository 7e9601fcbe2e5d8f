import { join } from "node:path";
import { expect, test } from "vitest";
import { type Manifest, readManifests } from "./manifests.ts";
import { resolveDefinition } from "./resolve-report.ts";

const manifests = await readManifests([join(import.meta.dirname, "../../examples/daily-trades")]);
const without = (kind: string): readonly Manifest[] => manifests.filter((one) => one.kind !== kind);

test("resolves the example", () => {
  expect(resolveDefinition(manifests, undefined)).toMatchObject({ report: "daily-trades", store: { name: "default" } });
});

test("a Report needs no store here: a folder takes its place", () => {
  expect(resolveDefinition(without("ArtifactStore"), undefined).store.persistentVolumeClaim).toBe("local");
});

const problems: Record<string, { manifests: readonly Manifest[]; report?: string; says: RegExp }> = {
  "a Report that is not among the files": {
    manifests,
    report: "other",
    says: /no Report 'other'; there are daily-trades/,
  },
  "files without a Report": { manifests: without("Report"), says: /hold no Report/ },
  "a reference that is not among the files": {
    manifests: without("Connector"),
    says: /connectorRef: there is no Connector 'trades-db'/,
  },
  "two Reports and no name": {
    manifests: [
      ...manifests,
      ...manifests.filter((one) => one.kind === "Report").map((one) => ({ ...one, metadata: { name: "b" } })),
    ],
    says: /name one with --report: daily-trades, b/,
  },
};

test.each(Object.entries(problems))("names %s", (_sentence, { manifests: given, report, says }) => {
  expect(() => resolveDefinition(given, report)).toThrow(says);
});

test("shows where a definition is wrong", () => {
  const [report] = manifests.filter((one) => one.kind === "Report");
  const spec = { ...(report?.spec as object), fields: [{ name: "x", value: "row.quantitty" }] };
  const wrong = [...without("Report"), { ...report, spec } as Manifest];
  expect(() => resolveDefinition(wrong, undefined)).toThrow(/spec\.fields\[0\]\.value 1:5.*did you mean 'quantity'/s);
});
