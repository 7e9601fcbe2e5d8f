/** Owns a run on this machine: from manifests to the plan that the runner carries out. */
import { createHash, randomUUID } from "node:crypto";
import { canonicalJson, connectorCredentials, contractNumber, type RunPlan, versionNameOf } from "@openreg/crds";
import type { Definition } from "@openreg/crds/types";
import { resolveParameters } from "@openreg/language";
import { type ExecutionDraft, type LocalEnd, partsInMemory, runLocally, secretsInMemory } from "@openreg/runner";
import { type Manifest, secretsOf } from "./manifests.ts";
import { resolveReport } from "./resolve-report.ts";
import { UsageError } from "./usage-error.ts";

/** What to run. */
export interface LocalRunRequest {
  readonly manifests: readonly Manifest[];
  /** The Report; may be left out where there is one only. */
  readonly report?: string | undefined;
  readonly businessDate: string;
  readonly mode: "Live" | "Test";
  readonly parameters: Readonly<Record<string, string>>;
  /** When the run is said to be created: `run.createdAt`, RFC 3339 in whole seconds, UTC. Default now. */
  readonly createdAt?: string;
  /** An existing folder that takes what the run makes. */
  readonly storeFolder: string;
  readonly show: (draft: ExecutionDraft) => void;
  /** How many threads work on rows; default as many as there are cores, up to a bound. */
  readonly lanes?: number;
}

/** Carries out a run without a cluster; nothing is delivered. Throws UsageError when the definition is not right. */
export async function runReport(request: LocalRunRequest): Promise<LocalEnd> {
  const { definition, parts } = resolveReport(request.manifests, request.report);
  return runLocally({
    plan: newPlan(definition, request),
    parts: partsInMemory(parts.values()),
    storeFolder: request.storeFolder,
    secrets: secretsInMemory(connectorSecrets(definition, request.manifests)),
    show: request.show,
    ...(request.lanes !== undefined && { lanes: request.lanes }),
  });
}

function newPlan(definition: Definition, request: LocalRunRequest): RunPlan {
  const parameters = resolveParameters(definition.parameters, request.parameters);
  if (parameters.kind === "Problem") throw new UsageError(parameters.message);
  const text = canonicalJson(definition);
  const contentHash = createHash("sha256").update(text).digest("hex");
  const now = Temporal.Now.instant().toString({ smallestUnit: "second" });
  return {
    contract: contractNumber,
    purpose: "Run",
    run: {
      namespace: "local",
      name: `${definition.report}-${request.businessDate}`,
      uid: randomUUID(),
      createdAt: request.createdAt ?? now,
      businessDate: request.businessDate,
      mode: request.mode,
      parameters: parameters.values,
      purpose: "Original",
    },
    attempt: 1,
    firstStartedAt: now,
    deadlineSeconds: definition.run.deadlineSeconds,
    heartbeatSeconds: 1,
    endedRuns: [],
    activeRuns: [],
    image: "local",
    version: { name: versionNameOf(definition.report, contentHash), contentHash, definition: text },
  };
}

function connectorSecrets(
  definition: Definition,
  manifests: readonly Manifest[],
): Record<string, Readonly<Record<string, string>>> {
  const secrets = secretsOf(manifests);
  return Object.fromEntries(
    definition.connectors.flatMap((one) => {
      const secret = secrets.get(one.credentialsSecret);
      return secret ? [[connectorCredentials(one.name), secret]] : [];
    }),
  );
}
