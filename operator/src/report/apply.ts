/** Owns what a Report's reconcile creates: its ReportVersion. */
import { apiVersion, labels, managedLabels, type versionNameOf } from "@openreg/crds";
import { isAlreadyExists } from "../controller/api-error.ts";
import type { ReconcileContext } from "../controller/reconcile-context.ts";
import type { ReportVersion } from "../objects.ts";
import { reportVersions } from "../resources.ts";
import { nameTakenSentence } from "./decide.ts";
import type { ReportDecision, ReportInput, ReportOutcome, ResolvedReport } from "./input.ts";

/** Carries a decision out. A version that exists with the same full hash is ours, whoever created it. */
export async function apply(
  decision: ReportDecision,
  { report }: ReportInput,
  { client }: Pick<ReconcileContext, "client">,
): Promise<ReportOutcome> {
  if (decision.kind !== "Freeze") return { kind: "Done" };
  const version = newVersion(decision.name, report.metadata.namespace ?? "", decision.resolved);
  try {
    await client.create(reportVersions, version);
    return { kind: "Done" };
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const key = { namespace: report.metadata.namespace ?? "", name: decision.name };
    const existing = await client.get<ReportVersion>(reportVersions, key);
    if (existing.spec.contentHash === version.spec.contentHash) return { kind: "Done" };
    return { kind: "NameTaken", message: nameTakenSentence(decision.name, report.metadata.name) };
  }
}

/** A version has no owner: deleting the Report keeps what was filed. */
function newVersion(
  name: ReturnType<typeof versionNameOf>,
  namespace: string,
  { version }: ResolvedReport,
): ReportVersion {
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
