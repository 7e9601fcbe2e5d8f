/** Owns what a Report's reconcile creates: its ReportVersion, and the parts of it. */
import { apiVersion, labels, managedLabels } from "@openreg/crds";
import { isAlreadyExists } from "../controller/api-error.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import type { ReportVersion } from "../objects.ts";
import { reportVersions } from "../resources.ts";
import { nameTakenSentence } from "./decide.ts";
import type { ReportDecision, ReportInput, ReportOutcome, ResolvedReport } from "./input.ts";
import { ensureParts } from "./parts.ts";

type Client = Pick<ReconcileContext, "client">;

/** Carries a decision out. A version that exists with the same full hash is ours, whoever created it. */
export async function apply(decision: ReportDecision, input: ReportInput, context: Client): Promise<ReportOutcome> {
  if (decision.kind !== "Freeze" && decision.kind !== "Accept") return { kind: "Done" };
  const { existing } = input;
  const version = existing ?? (await freeze(decision, input, context));
  if (version) return ensureParts(version, decision.resolved.parts, context);
  return { kind: "NameTaken", message: nameTakenSentence(decision.name, input.report.metadata.name) };
}

/** The version, or undefined when another definition has its name. */
async function freeze(
  { name, resolved }: Extract<ReportDecision, { name: string }>,
  { report }: ReportInput,
  { client }: Client,
): Promise<ReportVersion | undefined> {
  const namespace = report.metadata.namespace ?? "";
  const version = newVersion(name, namespace, resolved);
  try {
    return await client.create(reportVersions, version);
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const existing = await client.get<ReportVersion>(reportVersions, { namespace, name });
    return existing.spec.contentHash === version.spec.contentHash ? existing : undefined;
  }
}

/** A version has no owner: deleting the Report keeps what was filed. */
function newVersion(name: string, namespace: string, { version }: ResolvedReport): ReportVersion {
  return {
    apiVersion,
    kind: "ReportVersion",
    metadata: {
      name,
      namespace,
      labels: {
        ...managedLabels,
        "app.kubernetes.io/component": "report-version",
        [labels.report]: version.report,
        [labels.series]: version.series,
      },
    },
    spec: version,
  };
}
