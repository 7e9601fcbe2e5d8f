import { expect, test } from "vitest";
import type { Cache, Caches } from "../caches.ts";
import type { KubernetesObject } from "../controller/kubernetes.ts";
import type { Reflector } from "../controller/reflector.ts";
import { newStore } from "../controller/store.ts";
import type { Connector, Destination, Report, ReportRun } from "../objects.ts";
import { newRun, readyReport, version } from "../testdata/inputs.ts";
import { suspendedBy } from "./suspension.ts";

function cacheOf<T extends KubernetesObject>(objects: readonly T[]): Cache<T> {
  const store = newStore<T>();
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

interface World {
  readonly connector?: object;
  readonly destination?: object;
}

function placeOf(run: ReportRun, { connector = {}, destination = {} }: World) {
  const caches = {
    connectors: cacheOf([named("Connector", "trades-db", connector) as Connector]),
    destinations: cacheOf([named("Destination", "receiver-test", destination) as Destination]),
  } as unknown as Caches;
  const context = { store: <T extends KubernetesObject>(reflector: Reflector<T>) => reflector.store };
  return { run, namespace: "bank-a", context, caches };
}

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
  expect(suspendedBy(placeOf(newRun(), world), { ...readyReport, spec: report } as Report, version)).toBe(expected);
});
