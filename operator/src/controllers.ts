/** Owns which changes wake which kind: the one place where the controllers of all kinds are put together. */

import { labels } from "@openreg/crds";
import { type Admission, newAdmission } from "./admission/admission.ts";
import { reconcileArtifactStore } from "./artifact-store/reconcile.ts";
import { type Caches, inNamespace } from "./caches.ts";
import type { DefinitionCheck } from "./check-worker.ts";
import type { Config } from "./config.ts";
import { findCondition } from "./controller/conditions.ts";
import { type Controller, type ControllerOptions, newController } from "./controller/controller.ts";
import type { EventRecorder } from "./controller/events.ts";
import {
  controllerKeyOf,
  formatKey,
  type KubernetesObject,
  keyOf,
  type ObjectKey,
  parseKey,
} from "./controller/kubernetes.ts";
import { type Watch, watching } from "./controller/watching.ts";
import { waitReasons } from "./errors.ts";
import type { EvidenceSigner } from "./evidence-signer.ts";
import type { RunMetrics } from "./metrics.ts";
import type { Report, ReportRun } from "./objects.ts";
import { newRememberedCheck } from "./remembered-check.ts";
import { reconcileReport } from "./report/reconcile.ts";
import { reportRunFailure } from "./report-run/failure.ts";
import { newStatusPace } from "./report-run/pace.ts";
import { reconcileReportRun } from "./report-run/reconcile.ts";
import { artifactStores, reportRuns, reports, ruleSets } from "./resources.ts";
import { newRetentionMemory, reconcileRetention } from "./retention/reconcile.ts";
import { reconcileRuleSet } from "./rule-set/reconcile.ts";
import { reconcileRunNetwork } from "./run-network/reconcile.ts";
import { tellFailures } from "./standing-failure.ts";

/** What every controller is made with, and what the kinds need beyond it. */
export interface ControllersOptions {
  readonly loop: Pick<ControllerOptions, "client" | "clock" | "random" | "log" | "metrics" | "mayWrite"> & {
    readonly events: EventRecorder;
  };
  readonly caches: Caches;
  readonly config: Config;
  readonly check: DefinitionCheck;
  readonly runMetrics: RunMetrics;
  readonly signer?: EvidenceSigner | undefined;
}

/** The controllers of the operator. */
export function newControllers(options: ControllersOptions): readonly Controller[] {
  const { caches, loop, config } = options;
  const admission = newAdmission({ caches, clock: loop.clock, mostPerNamespace: config.maxRunsPerNamespace });
  const runs = runController(options, admission);
  return [
    storeController(options),
    ruleSetController(options),
    reportController(options),
    runs,
    admissionController(options, admission, runs),
    retentionController(options),
    networkController(options),
  ];
}

/** One key per namespace; whoever may start, or stands otherwise in line, is woken. A namespace with many runs is looked at without end, and that is no fault. */
function admissionController({ loop, caches }: ControllersOptions, admission: Admission, runs: Controller): Controller {
  const namespaceOf = ({ metadata }: KubernetesObject) => [{ namespace: metadata.namespace ?? "", name: "" }];
  return newController({
    ...loop,
    name: "admission",
    workers: 1,
    hotLoop: { burst: 10_000, perSecond: 100 },
    watches: [
      ...caches.activeRuns.reflectors.map((one) => watching(one, namespaceOf, { throttleMilliseconds: 50 })),
      ...caches.reports.reflectors.map((one) => watching(one, namespaceOf, specMoved)),
      ...caches.connectors.reflectors.map((one) => watching(one, namespaceOf, specMoved)),
      ...caches.destinations.reflectors.map((one) => watching(one, namespaceOf, specMoved)),
    ],
    reconcile: async ({ namespace }) => {
      const { wake, againMilliseconds } = admission.refresh(namespace);
      for (const key of wake) runs.enqueue(key);
      return againMilliseconds > 0 ? { requeueAfterMilliseconds: againMilliseconds } : {};
    },
  });
}

function storeController({ loop, caches, config }: ControllersOptions): Controller {
  const deps = { caches, settings: config.runs };
  return newController({
    ...loop,
    name: "artifact-store",
    workers: config.workers,
    watches: [
      ...caches.artifactStores.reflectors.map((stores) => watching(stores, (store) => [keyOf(store)])),
      ...caches.jobs.reflectors.map((one) => watching(one, (job) => controllerKeyOf(job, artifactStores))),
    ],
    reconcile: (key, context) => reconcileArtifactStore(key, context, deps),
    onFailure: tellFailures(artifactStores, caches.artifactStores),
  });
}

function ruleSetController({ loop, caches, config, check }: ControllersOptions): Controller {
  return newController({
    ...loop,
    name: "rule-set",
    workers: config.workers,
    watches: caches.ruleSets.reflectors.map((one) => watching(one, (ruleSet) => [keyOf(ruleSet)], specMoved)),
    reconcile: (key, context) => reconcileRuleSet(key, context, { caches, check }),
    onFailure: tellFailures(ruleSets, caches.ruleSets),
  });
}

function reportController({ loop, caches, config, check }: ControllersOptions): Controller {
  const { referenceGraceSeconds, priorityClasses } = config;
  const deps = { caches, referenceGraceSeconds, priorityClasses, check: newRememberedCheck(check) };
  return newController({
    ...loop,
    name: "report",
    workers: config.workers,
    watches: [
      ...caches.reports.reflectors.map((reports) => watching(reports, (report) => [keyOf(report)])),
      ...caches.connectors.reflectors.map((one) => watching(one, reportsNaming(caches, "connector"), specMoved)),
      ...caches.destinations.reflectors.map((one) => watching(one, reportsNaming(caches, "destination"), specMoved)),
      ...caches.artifactStores.reflectors.map((one) =>
        watching(one, reportsNaming(caches, "artifactStore"), specMoved),
      ),
      ...caches.ruleSets.reflectors.map((one) => watching(one, reportsNaming(caches, "ruleSet"), specMoved)),
      ...caches.mappingSets.reflectors.map((one) => watching(one, reportsNaming(caches, "mappingSet"), specMoved)),
      ...caches.configMaps.reflectors.map((one) => watching(one, (object) => reportsReading(caches, object))),
      ...caches.reportVersions.reflectors.map((one) =>
        watching(one, ({ metadata, spec }) => [{ namespace: metadata.namespace ?? "", name: spec.report }]),
      ),
      ...caches.activeRuns.reflectors.map((one) =>
        watching(one, reportsOf, { matters: reportMayHaveMoved, throttleMilliseconds: notingMilliseconds }),
      ),
    ],
    reconcile: (key, context) => reconcileReport(key, context, deps),
    onFailure: tellFailures(reports, caches.reports),
  });
}

function runController(options: ControllersOptions, admission: Admission): Controller {
  const { loop, caches, config, runMetrics, signer } = options;
  const announcer = { events: loop.events, metrics: runMetrics };
  const deps = { caches, settings: config.runs, announcer, pace: newStatusPace(loop.clock), signer, admission };
  const own: readonly Watch[] = [
    ...caches.activeRuns.reflectors.map((runs) => watching(runs, (run) => [keyOf(run)])),
    ...caches.settledRuns.reflectors.map((runs) => watching(runs, (run) => [keyOf(run)])),
  ];
  return newController({
    ...loop,
    name: "report-run",
    workers: config.workers,
    watches: [
      ...own,
      ...caches.jobs.reflectors.map((one) => watching(one, (job) => controllerKeyOf(job, reportRuns))),
      ...caches.pods.reflectors.map((one) =>
        watching(one, (pod) => keysOf(inNamespace(pod, pod.metadata.labels?.[labels.run]))),
      ),
      ...caches.reports.reflectors.map((one) =>
        watching(one, (report) => runsOf(caches, "report", report), runsMayBeConcerned),
      ),
      ...caches.reports.reflectors.map((one) => watching(one, (report) => endedRunsOf(caches, report), endWasNoted)),
      ...caches.reportVersions.reflectors.map((one) => watching(one, (version) => runsWaitingFor(caches, version))),
      ...caches.connectors.reflectors.map((one) =>
        watching(one, (object) => runsOfReports(caches, "connector", object), specMoved),
      ),
      ...caches.destinations.reflectors.map((one) =>
        watching(one, (object) => runsOfReports(caches, "destination", object), specMoved),
      ),
    ],
    reconcile: (key, context) => reconcileReportRun(key, context, deps),
    onFailure: (failure, context) => reportRunFailure(failure, context, deps),
  });
}

function retentionController({ loop, caches }: ControllersOptions): Controller {
  const deps = { caches, events: loop.events, memory: newRetentionMemory() };
  return newController({
    ...loop,
    name: "retention",
    workers: 1,
    watches: [
      ...caches.reports.reflectors.map((one) => watching(one, (report) => [keyOf(report)], specMoved)),
      ...caches.settledRuns.reflectors.map((one) =>
        watching(one, (run) => keysOf(inNamespace(run, run.metadata.labels?.[labels.report])), {
          throttleMilliseconds: pruningMilliseconds,
        }),
      ),
      ...caches.reportVersions.reflectors.map((one) =>
        watching(one, (version) => keysOf(inNamespace(version, version.spec.report))),
      ),
    ],
    reconcile: (key, context) => reconcileRetention(key, context, deps),
  });
}

/** Woken by the policies only: what a run needs is made with its Job. */
function networkController({ loop, caches, config }: ControllersOptions): Controller {
  const deps = { caches, network: config.runs.network, events: loop.events, unusedSince: new Map<string, string>() };
  return newController({
    ...loop,
    name: "run-network",
    workers: 1,
    watches: caches.networkPolicies.reflectors.map((one) => watching(one, (policy) => [keyOf(policy)])),
    reconcile: (key, context) => reconcileRunNetwork(key, context, deps),
  });
}

type ReferenceIndex = "connector" | "destination" | "artifactStore" | "ruleSet" | "mappingSet" | "configMap";

function reportsByReference(caches: Caches, index: ReferenceIndex, object: KubernetesObject): readonly Report[] {
  const key = keyOf(object);
  return caches.reports.in(key.namespace).store.byIndex(index, formatKey(key));
}

const reportsNaming = (caches: Caches, index: ReferenceIndex) => (object: KubernetesObject) =>
  reportsByReference(caches, index, object).map(keyOf);

/** Reports that read a ConfigMap themselves, or through a MappingSet. */
function reportsReading(caches: Caches, configMap: KubernetesObject): readonly ObjectKey[] {
  const key = keyOf(configMap);
  const sets = caches.mappingSets.in(key.namespace).store.byIndex("configMap", formatKey(key));
  return [
    ...reportsByReference(caches, "configMap", configMap),
    ...sets.flatMap((set) => reportsByReference(caches, "mappingSet", set)),
  ].map(keyOf);
}

function runsOf(caches: Caches, index: "report" | "version", object: KubernetesObject): readonly ObjectKey[] {
  const key = keyOf(object);
  return caches.activeRuns.in(key.namespace).store.byIndex(index, formatKey(key)).map(keyOf);
}

/** A version wakes the runs that are pinned to it, and those of its Report that may be waiting to be. */
function runsWaitingFor(
  caches: Caches,
  version: KubernetesObject & { readonly spec: { readonly report: string } },
): readonly ObjectKey[] {
  const report = formatKey({ namespace: version.metadata.namespace ?? "", name: version.spec.report });
  const waiting = caches.activeRuns.in(version.metadata.namespace ?? "").store.byIndex("report", report);
  return [...runsOf(caches, "version", version), ...waiting.map(keyOf)];
}

function runsOfReports(caches: Caches, index: ReferenceIndex, object: KubernetesObject): readonly ObjectKey[] {
  return reportsByReference(caches, index, object).flatMap((report) => runsOf(caches, "report", report));
}

function keysOf(texts: readonly string[]): readonly ObjectKey[] {
  return texts.map(parseKey);
}

/** What a person changed, or a new object under the old name. */
function specMoved(before: KubernetesObject, after: KubernetesObject): boolean {
  return (
    before.metadata.generation !== after.metadata.generation ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp
  );
}

/** Runs end by the hundred; a Report notes them, and is pruned, no more often than this. */
const notingMilliseconds = 2_000;
const pruningMilliseconds = 5_000;

/** A new run is no news for its Report; one that ended is, and one that waits for it. */
function reportsOf(run: ReportRun): readonly ObjectKey[] {
  const waits = findCondition(run.status?.conditions, "Succeeded")?.reason === waitReasons.reportChanged;
  return waits || run.status?.endedAt ? keysOf(inNamespace(run, run.spec.reportRef.name)) : [];
}

function endedRunsOf(caches: Caches, report: Report): readonly ObjectKey[] {
  const key = keyOf(report);
  const runs = caches.activeRuns.in(key.namespace).store.byIndex("report", formatKey(key));
  return runs.filter(({ status }) => status?.endedAt).map(keyOf);
}

function endWasNoted(before: Report, after: Report): boolean {
  return before.status?.lastRun?.endedAt !== after.status?.lastRun?.endedAt;
}

/** That one run of it ended concerns the others not: with thousands of them that would be thousands of reconciles. */
function runsMayBeConcerned(before: Report, after: Report): boolean {
  const said = ({ status }: Report) => {
    const { lastRun: _r, lastSuccessTime: _s, lastFailureTime: _f, ...rest } = status ?? {};
    return JSON.stringify(rest);
  };
  return specMoved(before, after) || before.metadata.uid !== after.metadata.uid || said(before) !== said(after);
}

/** A run that ended, or one that found the Report older than what it was made from: its ConfigMaps are not watched. */
function reportMayHaveMoved(before: ReportRun, after: ReportRun): boolean {
  const reasonOf = ({ status }: ReportRun) => findCondition(status?.conditions, "Succeeded")?.reason;
  const reason = reasonOf(after);
  const foundOlder = reason === waitReasons.reportChanged && reasonOf(before) !== reason;
  return before.status?.endedAt !== after.status?.endedAt || foundOlder;
}
