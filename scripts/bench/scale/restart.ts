/** Measures a restart of the operator among many runs: how soon it works, what it writes although nothing changed, what it holds in memory. */
import { until } from "../../../test/cluster/until.ts";
import type { OperatorProcess } from "../../../test/integration/operator/operator-process.ts";
import { operatorCalls, total } from "../call-counters.ts";
import { untilIdle } from "./drain.ts";
import type { ScaleScene } from "./scale-scene.ts";

/** What a restart came to. */
export interface Restart {
  /** From the start of the process until its caches are filled. */
  readonly readySeconds: number;
  /** Until it has looked at every run and has nothing to do. */
  readonly idleSeconds: number;
  /** Calls but for lists, watches and its lease: nothing had changed. */
  readonly calls: number;
  readonly residentBytes: number;
}

/** Makes runs that ended long ago, as metadata says it. */
export async function createSettledRuns(scene: ScaleScene, count: number): Promise<void> {
  const labels = { "openreg.dev/settled": "true", "openreg.dev/report": "trades", "openreg.dev/series": "trades" };
  await scene.createRuns(
    Array.from({ length: count }, (_, index) => `old-${index}`),
    { labels },
  );
}

/** Stops an operator and starts the next. */
export async function restartOperator(
  scene: ScaleScene,
  old: OperatorProcess,
): Promise<{ readonly restart: Restart; readonly operator: OperatorProcess }> {
  await old.stop();
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1000;
  const operator = await scene.startOperator();
  await until(
    { what: "the caches are filled", seconds: 120, everyMs: 20 },
    async () => (await operator.probe("/readyz")).status === 200,
  );
  const readySeconds = seconds();
  await until({ what: "it leads", seconds: 120, everyMs: 20 }, async () =>
    /^leader_election_master_status\{[^}]*\} 1$/m.test(await operator.metrics()),
  );
  await untilIdle(operator);
  const restart = {
    readySeconds,
    idleSeconds: seconds(),
    calls: total(operatorCalls(await operator.metrics())),
    residentBytes: operator.residentBytes(),
  };
  return { restart, operator };
}
