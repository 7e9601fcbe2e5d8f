/** Owns the plan of an attempt: what the runner is told, and the ConfigMap that carries it. Pure. */
import { contractNumber, jobNameOf, planKey, settleDeadlineSeconds } from "@openreg/crds";
import type { Instant, RunPlan } from "@openreg/crds/types";
import { resolveParameters } from "@openreg/language";
import type { OwnerReference } from "../controller/kubernetes.ts";
import type { ConfigMap, ReportRun } from "../objects.ts";
import type { PinnedVersion, Purpose, ReportRunInput } from "./input.ts";
import { runLabels } from "./run-job.ts";

/** Which attempt a plan is for. */
export interface PlannedAttempt {
  readonly number: number;
  readonly purpose: Purpose;
  readonly pinned: PinnedVersion;
}

/** The plan of an attempt. */
export function newPlan({ run, siblings, settings }: ReportRunInput, attempt: PlannedAttempt, now: Instant): RunPlan {
  const { version } = attempt.pinned;
  const { rerunOf } = run.spec;
  return {
    contract: contractNumber,
    purpose: attempt.purpose,
    run: {
      namespace: run.metadata.namespace ?? "",
      name: run.metadata.name,
      uid: run.metadata.uid ?? "",
      createdAt: run.metadata.creationTimestamp ?? now,
      businessDate: run.spec.businessDate,
      mode: run.spec.mode,
      parameters: parametersOf(run, attempt.pinned),
      purpose: "Original",
      ...(rerunOf && {
        rerunOf: {
          name: rerunOf.name,
          resubmit: rerunOf.resubmit ?? false,
          ...(rerunOf.reason !== undefined && { reason: rerunOf.reason }),
        },
      }),
    },
    attempt: attempt.number,
    // a first attempt is Pending when it starts, and so is one that a person asked for
    continues: (run.status?.state ?? "Pending") !== "Pending",
    firstStartedAt: run.status?.startedAt ?? now,
    madeAt: now,
    deadlineSeconds: deadlineOf(attempt.purpose, attempt.pinned),
    heartbeatSeconds: settings.heartbeatSeconds,
    endedRuns: [...siblings.ended],
    activeRuns: [...siblings.active],
    image: settings.image,
    version: {
      name: version.metadata.name,
      contentHash: version.spec.contentHash,
      definition: version.spec.definition,
    },
  };
}

/** How long an attempt may take, in seconds. */
export function deadlineOf(purpose: Purpose, { definition }: PinnedVersion): number {
  return purpose === "Settle" ? settleDeadlineSeconds : definition.run.deadlineSeconds;
}

/** The values of the run's parameters; they were checked before the version was pinned. */
function parametersOf(run: ReportRun, { definition }: PinnedVersion): Record<string, string> {
  const resolved = resolveParameters(definition.parameters, run.spec.parameters ?? {});
  return resolved.kind === "Values" ? { ...resolved.values } : { ...run.spec.parameters };
}

/** The run as owner of its Job and ConfigMap. */
export function ownerOf({ apiVersion, kind, metadata }: ReportRun): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? "", controller: true, blockOwnerDeletion: true };
}

/** The ConfigMap that carries a plan. */
export function newPlanConfigMap(run: ReportRun, plan: RunPlan, { definition }: PinnedVersion): ConfigMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: {
      name: jobNameOf(plan.run.name, plan.attempt),
      namespace: plan.run.namespace,
      labels: runLabels({ plan, definition }),
      ownerReferences: [ownerOf(run)],
    },
    immutable: true,
    data: { [planKey]: JSON.stringify(plan) },
  };
}
