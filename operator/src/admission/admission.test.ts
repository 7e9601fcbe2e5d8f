import { expect, test } from "vitest";
import type { Cache } from "../caches.ts";
import type { KubernetesObject } from "../controller/kubernetes.ts";
import type { Reflector } from "../controller/reflector.ts";
import { newStore, type Store } from "../controller/store.ts";
import { newVirtualClock } from "../controller/virtual-clock.ts";
import type { Connector, Destination, Report, ReportRun, ReportVersion, RunStatus } from "../objects.ts";
import { attemptOf, newRun, pinnedRun, readyReport, version } from "../testdata/inputs.ts";
import { newAdmission } from "./admission.ts";

function newCache<T extends KubernetesObject>(): { readonly store: Store<T>; readonly cache: Cache<T> } {
  const store = newStore<T>({ namespace: ({ metadata }) => [metadata.namespace ?? ""] });
  const reflector = { store } as unknown as Reflector<T>;
  return { store, cache: { reflectors: [reflector], in: () => reflector } };
}

let versions = 10;
const versioned = <T extends KubernetesObject>(object: T): T =>
  structuredClone({ ...object, metadata: { ...object.metadata, resourceVersion: String(++versions) } });

interface World {
  readonly report?: object;
  readonly connector?: object;
  readonly destination?: object;
  readonly mostPerNamespace?: number;
}

function newWorld({ report = {}, connector = {}, destination = {}, mostPerNamespace = 0 }: World) {
  const clock = newVirtualClock();
  const runs = newCache<ReportRun>();
  const [reports, connectors] = [newCache<Report>(), newCache<Connector>()];
  const [destinations, reportVersions] = [newCache<Destination>(), newCache<ReportVersion>()];
  const named = (kind: string, name: string, spec: object) =>
    versioned({ apiVersion: "openreg.dev/v1alpha1", kind, metadata: { name, namespace: "bank-a", uid: name }, spec });
  const changeReport = (spec: object, status: object | undefined = readyReport.status) =>
    reports.store.put({ ...versioned(readyReport), spec, status } as Report);
  const changeConnector = (spec: object) =>
    connectors.store.put(named("Connector", "trades-db", spec) as unknown as Connector);
  changeReport(report);
  changeConnector(connector);
  destinations.store.put(named("Destination", "receiver-test", destination) as unknown as Destination);
  reportVersions.store.put(versioned(version.version));
  const caches = {
    activeRuns: runs.cache,
    reports: reports.cache,
    connectors: connectors.cache,
    destinations: destinations.cache,
    reportVersions: reportVersions.cache,
  };
  const admission = newAdmission({ caches, clock, mostPerNamespace });
  const show = (run: ReportRun) => runs.store.put(versioned(run));
  return {
    clock,
    show,
    changeReport,
    changeConnector,
    putVersion: (name: string, definition: string) => {
      const { metadata, spec } = version.version;
      const other = { ...version.version, metadata: { ...metadata, name }, spec: { ...spec, definition } };
      reportVersions.store.put(versioned(other));
    },
    hide: (run: ReportRun) => runs.store.remove({ namespace: "bank-a", name: run.metadata.name }),
    /** Asks for a run, which the cache shows. */
    async ask(run: ReportRun): Promise<string | undefined> {
      show(run);
      const answer = admission.standingOf(run);
      await clock.advance(1_000);
      return answer;
    },
    refresh: () => admission.refresh("bank-a"),
    async woken(): Promise<readonly string[]> {
      await clock.advance(1_000);
      return admission.refresh("bank-a").wake.map(({ name }) => name);
    },
  };
}

/** A run of the version, created at a second of the same minute. */
function runAt(second: number, status?: RunStatus, spec: object = {}): ReportRun {
  const name = `run-${second}`;
  const metadata = { name, uid: name, creationTimestamp: `2026-04-01T11:00:${String(second).padStart(2, "0")}Z` };
  return pinnedRun(status, { metadata, spec });
}

const underWay: RunStatus = {
  state: "FetchingData",
  attempt: 1,
  attempts: [attemptOf(1)],
  startedAt: "2026-04-01T11:00:00Z",
};
const backingOff: RunStatus = {
  ...underWay,
  attempts: [attemptOf(1, { endedAt: "2026-04-01T11:30:00Z" })],
  conditions: [{ type: "Succeeded", status: "Unknown", reason: "BackingOff", message: "", lastTransitionTime: "" }],
};
const one = { maxConcurrentRuns: 1 };

test("nobody waits where there is no limit", async () => {
  const { ask } = newWorld({});
  expect(await ask(runAt(1))).toBeUndefined();
  expect(await ask(runAt(2))).toBeUndefined();
});

test.each([
  ["Report 'trades'", { report: { run: one } }],
  ["Connector 'trades-db'", { connector: { limits: one } }],
  ["Destination 'receiver-test'", { destination: { limits: one } }],
  ["Namespace 'bank-a'", { mostPerNamespace: 1 }],
])("%s lets one start and holds the next, also before the cache shows the first", async (name, world) => {
  const { ask, show, woken } = newWorld(world);
  expect(await ask(runAt(1))).toBeUndefined();
  expect(await ask(runAt(2))).toContain(name);
  show(runAt(1, underWay));
  expect(await woken()).toEqual([]);
  expect(await ask(runAt(2))).toContain(`${name} allows no more runs at once: 1 under way of 1, 0 waiting`);
});

test("whoever is next is woken when a place becomes free, in order of due time", async () => {
  const { ask, show, hide, woken } = newWorld({ report: { run: one } });
  const first = runAt(1);
  expect(await ask(first)).toBeUndefined();
  show(runAt(1, underWay));
  for (const second of [9, 5, 7]) await ask(runAt(second));
  await woken();
  hide(first);
  expect((await woken())[0]).toBe("run-5");
  expect(await ask(runAt(5))).toBeUndefined();
  expect(await ask(runAt(7))).toContain("waiting before this one");
});

test("a run that only waits in line goes before a younger one that asks first", async () => {
  const { ask, show } = newWorld({ report: { run: one } });
  show(runAt(1));
  expect(await ask(runAt(2))).toContain("Report 'trades'");
  expect(await ask(runAt(1))).toBeUndefined();
});

/** What a run says of itself that waits for this. */
const heldBy = (reason: string): RunStatus => ({
  ...{ state: "Pending", attempt: 0 },
  conditions: [{ type: "Succeeded", status: "Unknown", reason, message: "", lastTransitionTime: "" }],
});
const unpinnedAt = (second: number, status?: RunStatus, spec: object = {}) =>
  newRun(status, { metadata: { ...runAt(second).metadata }, spec });

test.each([
  ["Suspended, with a version", runAt(1, heldBy("Suspended"))],
  ["Suspended, before it took a version", unpinnedAt(1, heldBy("Suspended"))],
  ["ReportNotReady", unpinnedAt(1, heldBy("ReportNotReady"))],
  ["ReportNotFound", unpinnedAt(1, heldBy("ReportNotFound"))],
])("set free, a run goes in order of due time, though its status still says %s", async (_sentence, older) => {
  const { ask, show } = newWorld({ report: { run: one } });
  show(older);
  expect(await ask(runAt(2))).toContain("Report 'trades' allows no more");
  expect(await ask(runAt(1, older.status))).toBeUndefined();
});

test("nobody waits behind a run whose Report or Connector is suspended, whatever its status says", async () => {
  const atReport = newWorld({ report: { run: one, suspend: true } });
  atReport.show(runAt(1, heldBy("Queued")));
  expect(await atReport.ask(runAt(2))).toBeUndefined();
  const atConnector = newWorld({ report: { run: one }, connector: { suspend: true } });
  for (const run of [runAt(1, heldBy("Queued")), unpinnedAt(3)]) atConnector.show(run);
  expect(await atConnector.ask(runAt(4))).toBeUndefined();
});

test("nobody waits behind a run without a version whose Report offers none", async () => {
  const { ask, show, changeReport } = newWorld({});
  changeReport({ run: one }, { ...readyReport.status, observedGeneration: 0 });
  show(unpinnedAt(1));
  expect(await ask(runAt(2))).toBeUndefined();
});

test("a run that was let start before it took a version asks anew when it takes another", async () => {
  const { ask, show, putVersion, changeConnector } = newWorld({ connector: { limits: { maxConcurrentRuns: 2 } } });
  putVersion("trades-next", version.version.spec.definition);
  show(unpinnedAt(1));
  show(runAt(3, underWay));
  expect(await ask(runAt(2))).toContain("2 under way of 2");
  changeConnector({ limits: one });
  expect(await ask(runAt(1, undefined, { reportVersionRef: { name: "trades-next" } }))).toContain("1 under way of 1");
});

test.each([
  ["repeats another run whose version it does not have yet", unpinnedAt(1, undefined, { rerunOf: { name: "run-0" } })],
  ["is to be cancelled", runAt(1, undefined, { cancel: true })],
  ["backs off", runAt(1, { ...backingOff, attempts: [], startedAt: undefined as never })],
])("nobody waits behind a run that %s", async (_sentence, older) => {
  const { ask, show } = newWorld({ report: { run: one } });
  show(older);
  expect(await ask(runAt(2))).toBeUndefined();
});

test("between attempts a run keeps its place at its Report, and none at its Connector", async () => {
  const atReport = newWorld({ report: { run: one } });
  atReport.show(runAt(1, backingOff));
  expect(await atReport.ask(runAt(2))).toContain("1 under way of 1");
  expect(await atReport.ask(runAt(1, backingOff))).toBeUndefined();
  const atConnector = newWorld({ connector: { limits: one } });
  atConnector.show(runAt(1, backingOff));
  expect(await atConnector.ask(runAt(2))).toBeUndefined();
  expect(await atConnector.ask(runAt(1, backingOff))).toContain("Connector 'trades-db'");
});

test("each attempt asks anew: what was allowed for the first does not count for the second", async () => {
  const { ask, show } = newWorld({ connector: { limits: one } });
  expect(await ask(runAt(1))).toBeUndefined();
  show(runAt(1, backingOff));
  expect(await ask(runAt(2))).toBeUndefined();
  expect(await ask(runAt(1, backingOff))).toContain("Connector 'trades-db'");
});

test("a run that was retried after its end asks for its place at the Report again", async () => {
  const { ask, show } = newWorld({ report: { run: one } });
  show(runAt(2, underWay));
  const { startedAt: _gone, ...retried } = { ...backingOff, state: "Pending" as const, attempt: 2, conditions: [] };
  expect(await ask(runAt(1, retried))).toContain("1 under way of 1");
});

test("R22: a run that was let start and never does loses its place, and does not hold up the others", async () => {
  const { ask, clock, woken } = newWorld({ report: { run: one } });
  expect(await ask(runAt(1))).toBeUndefined();
  expect(await ask(runAt(2))).toContain("1 under way");
  await clock.advance(60_000);
  expect(await woken()).not.toContain("run-2");
  await clock.advance(120_000);
  expect(await woken()).toContain("run-2");
  expect(await ask(runAt(2))).toBeUndefined();
});

test("R22: whoever was let start and never does is looked at again when its time is over, though nothing moves", async () => {
  const { ask, clock, refresh } = newWorld({ report: { run: one } });
  expect(await ask(runAt(1))).toBeUndefined();
  expect(await ask(runAt(2))).toContain("1 under way");
  const { againMilliseconds } = refresh();
  expect(againMilliseconds).toBeGreaterThan(100_000);
  await clock.advance(againMilliseconds - 1);
  expect(refresh()).toEqual({ wake: [], againMilliseconds: 20 });
  await clock.advance(100);
  expect(refresh().wake).toContainEqual({ namespace: "bank-a", name: "run-2" });
});

test("nothing is looked at again by time where nobody was let start, or the start is to be seen", async () => {
  const { ask, show, clock, refresh } = newWorld({ report: { run: one } });
  expect(refresh().againMilliseconds).toBe(0);
  expect(await ask(runAt(1))).toBeUndefined();
  show(runAt(1, underWay));
  await clock.advance(1_000);
  expect(refresh().againMilliseconds).toBe(0);
});

test("whoever asks again after a minute gets its turn by what is so then, though nothing told of it", async () => {
  const { ask, show, hide, clock } = newWorld({ report: { run: one } });
  const first = runAt(1, underWay);
  show(first);
  expect(await ask(runAt(2))).toContain("1 under way");
  hide(first);
  expect(await ask(runAt(2))).toContain("1 under way");
  await clock.advance(60_000);
  expect(await ask(runAt(2))).toBeUndefined();
});

test("whoever waited is woken when the limit goes away", async () => {
  const { ask, show, woken, changeReport } = newWorld({ report: { run: one } });
  show(runAt(1, underWay));
  expect(await ask(runAt(2))).toContain("Report 'trades'");
  expect(await woken()).toEqual([]);
  changeReport({});
  expect(await woken()).toEqual(["run-2"]);
  expect(await ask(runAt(2))).toBeUndefined();
});

test.each([
  ["Report 'trades'", { report: { run: one }, mostPerNamespace: 9 }],
  ["Namespace 'bank-a'", { mostPerNamespace: 1 }],
])("a version that cannot be read counts at %s and holds up nobody else", async (name, world) => {
  const { ask, show, putVersion, woken } = newWorld({ ...world, connector: { limits: one } });
  putVersion("trades-next", '{"format":"v9"}');
  const unread = (status?: RunStatus) => runAt(1, status, { reportVersionRef: { name: "trades-next" } });
  expect(await ask(unread())).toBeUndefined();
  show(unread(underWay));
  expect(await woken()).toEqual([]);
  expect(await ask(runAt(2))).toContain(name);
});

test("a version that cannot be read takes no place at a Connector", async () => {
  const { ask, show, putVersion } = newWorld({ connector: { limits: one } });
  putVersion("trades-next", "");
  show(runAt(1, underWay, { reportVersionRef: { name: "trades-next" } }));
  expect(await ask(runAt(2))).toBeUndefined();
});
