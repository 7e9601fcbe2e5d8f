import { expect, test } from "vitest";
import type { Cache, Caches } from "../caches.ts";
import { inNamespace } from "../caches.ts";
import type { KubernetesObject } from "../controller/kubernetes.ts";
import type { Reflector } from "../controller/reflector.ts";
import { type Indexes, newStore } from "../controller/store.ts";
import type { Connector, Destination, Report, ReportRun } from "../objects.ts";
import { activeStatus, newRun, readyReport, version } from "../testdata/inputs.ts";
import { queuedBehind, suspendedBy } from "./limits.ts";

function cacheOf<T extends KubernetesObject>(objects: readonly T[], indexes: Indexes<T> = {}): Cache<T> {
  const store = newStore<T>(indexes);
  for (const object of objects) store.put(structuredClone(object));
  const reflector = { store } as unknown as Reflector<T>;
  return { reflectors: [reflector], in: () => reflector };
}

const named = (kind: string, name: string, spec: object) =>
  ({
    apiVersion: "openreg.dev/v1alpha1",
    kind,
    metadata: { name, namespace: "bank-a", uid: `${kind}-${name}`, resourceVersion: "1" },
    spec,
  }) as unknown;

const reportNamed = (name: string, run = {}) => named("Report", name, { run }) as Report;

/** A run of a Report, created at a second of the same minute. */
function runAt(second: number, change: { report?: string; status?: ReportRun["status"] } = {}): ReportRun {
  const name = `run-${second}`;
  const metadata = { name, uid: name, creationTimestamp: `2026-04-01T11:00:0${second}Z` };
  return newRun(change.status, { metadata, spec: { reportRef: { name: change.report ?? "trades" } } });
}

interface World {
  readonly runs?: readonly ReportRun[];
  readonly reports?: readonly Report[];
  readonly connector?: object;
  readonly destination?: object;
}

function placeOf(
  run: ReportRun,
  { runs = [], reports = [reportNamed("trades")], connector = {}, destination = {} }: World,
) {
  const caches = {
    activeRuns: cacheOf([...runs, run], { report: (one: ReportRun) => inNamespace(one, one.spec.reportRef.name) }),
    connectors: cacheOf([named("Connector", "trades-db", connector) as Connector]),
    destinations: cacheOf([named("Destination", "receiver-test", destination) as Destination]),
    reports: cacheOf(reports, { connector: (one: Report) => inNamespace(one, "trades-db") }),
  } as unknown as Caches;
  const context = { store: <T extends KubernetesObject>(reflector: Reflector<T>) => reflector.store };
  return { run, namespace: "bank-a", context, caches };
}

const underWay = activeStatus();
const suspended = {
  state: "Pending",
  conditions: [{ type: "Succeeded", status: "Unknown", reason: "Suspended", message: "", lastTransitionTime: "" }],
} as ReportRun["status"];
const one = { run: { maxConcurrentRuns: 1 } };

const queue: Record<string, { report?: object; world: World; expected: string | undefined }> = {
  "starts where nothing limits": { world: { runs: [runAt(1, { status: underWay })] }, expected: undefined },
  "starts as the oldest": { report: one, world: { runs: [runAt(9)] }, expected: undefined },
  "waits for one that is under way": {
    report: one,
    world: { runs: [runAt(9, { status: underWay })] },
    expected: "1 under way of 1",
  },
  "waits for an older one": { report: one, world: { runs: [runAt(1)] }, expected: "1 waiting before this one" },
  "does not wait for an older one that is held back": {
    report: one,
    world: { runs: [runAt(1, { status: suspended })] },
    expected: undefined,
  },
  "does not wait for one that has ended": {
    report: one,
    world: { runs: [runAt(1, { status: { ...underWay, state: "Failed" } })] },
    expected: undefined,
  },
  "waits for runs of another Report at the same Connector": {
    world: {
      runs: [runAt(1, { report: "orders", status: underWay })],
      reports: [reportNamed("trades"), reportNamed("orders")],
      connector: { limits: { maxConcurrentRuns: 1 } },
    },
    expected: "Connector 'trades-db'",
  },
};

test.each(Object.entries(queue))("%s", (_sentence, { report = {}, world, expected }) => {
  const given = { ...readyReport, spec: report } as Report;
  const place = placeOf(runAt(5), { ...world, ...(!world.reports && { reports: [reportNamed("trades")] }) });
  const answer = queuedBehind(place, given, version);
  if (expected) expect(answer).toContain(expected);
  else expect(answer).toBeUndefined();
});

const holds: Record<string, { report?: object; world: World; expected: string | undefined }> = {
  "nothing is suspended": { world: {}, expected: undefined },
  "the Report is": { report: { suspend: true }, world: {}, expected: "Report 'trades'" },
  "its Connector is": { world: { connector: { suspend: true } }, expected: "Connector 'trades-db'" },
  "its Destination of the run's mode is": {
    world: { destination: { suspend: true } },
    expected: "Destination 'receiver-test'",
  },
};

test.each(Object.entries(holds))("what holds a run back: %s", (_sentence, { report = {}, world, expected }) => {
  expect(suspendedBy(placeOf(runAt(5), world), { ...readyReport, spec: report } as Report, version)).toBe(expected);
});
