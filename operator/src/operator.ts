/** Owns how the operator is put together from its configuration: client, caches, controllers, election, probes. */
import type { Registry } from "prom-client";
import { newCaches, reflectorsOf } from "./caches.ts";
import type { DefinitionCheck } from "./check-worker.ts";
import type { Config } from "./config.ts";
import { newApiClient } from "./controller/api-client.ts";
import { type Clock, type Random, toTimestamp } from "./controller/clock.ts";
import type { ClusterAccess } from "./controller/cluster-access.ts";
import { type ControlLoopEnd, liveChecks, readyChecks, runControllers } from "./controller/control-loop.ts";
import { newEventRecorder } from "./controller/events.ts";
import { newLeaderElection } from "./controller/leader-election.ts";
import { type Log, messageOf } from "./controller/log.ts";
import { newMetrics } from "./controller/metrics.ts";
import type { Check } from "./controller/probes.ts";
import { newTransport, type Transport } from "./controller/transport.ts";
import { newControllers } from "./controllers.ts";
import { type EvidenceSigner, publishEvidenceKey } from "./evidence-signer.ts";
import { newRunMetrics } from "./metrics.ts";

/** What the operator is made of. */
export interface OperatorOptions {
  readonly config: Config;
  readonly access: ClusterAccess;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly registry: Registry;
  readonly check: DefinitionCheck;
  readonly signer?: EvidenceSigner | undefined;
  /** Stands between the operator and the API server; tests put faults there. */
  readonly wrapTransport?: (transport: Transport) => Transport;
}

/** The operator, not running yet. */
export interface Operator {
  readonly live: Readonly<Record<string, Check>>;
  readonly ready: Readonly<Record<string, Check>>;
  /** Works until the signal is aborted, or the lease is lost: then the process must end. */
  run(stop: AbortSignal): Promise<ControlLoopEnd>;
}

/** Puts the operator together; nothing is read or written before `run`. */
export function newOperator(options: OperatorOptions): Operator {
  const { config, access, clock, random, log, registry, signer } = options;
  const metrics = newMetrics(registry);
  const plain = newTransport(access, clock);
  const transport = options.wrapTransport?.(plain) ?? plain;
  const { callsPerSecond, callsBurst: burst } = config;
  const client = newApiClient({ transport, clock, random, metrics, callsPerSecond, burst });
  // Renewing the lease must not queue behind the calls of the controllers.
  const electionClient = newApiClient({ transport, clock, random, metrics, callsPerSecond: 10, burst: 20 });
  const identity = `${config.operatorName}_${toTimestamp(clock.now())}_${Math.floor(random() * 1e9).toString(36)}`;
  const lease = { namespace: config.operatorNamespace, name: "openreg-operator" };
  const election = newLeaderElection({ client: electionClient, clock, random, log, metrics, lease, identity });
  const mayWrite = () => election.mayWrite();
  const events = newEventRecorder({
    client,
    clock,
    metrics,
    log,
    component: "openreg-operator",
    identity: config.operatorName,
    mayWrite,
  });
  const caches = newCaches({ client, clock, random, metrics, log }, config.namespaces);
  const reflectors = reflectorsOf(caches);
  const loop = { client, clock, random, log, metrics, mayWrite, events };
  const controllers = newControllers({ ...options, loop, caches, runMetrics: newRunMetrics(registry) });
  const parts = { reflectors, controllers, election, events, clock, log };
  return {
    live: liveChecks(parts),
    ready: readyChecks(parts),
    async run(stop) {
      if (signer)
        await publishEvidenceKey(client, config.operatorNamespace, signer).catch((error: unknown) =>
          warnOf(error, log),
        );
      try {
        return await runControllers(parts, stop);
      } finally {
        transport.close();
      }
    },
  };
}

/** Signing works without it; whoever checks a signature needs the key by other means. */
function warnOf(error: unknown, log: Log): void {
  log.error({ error: messageOf(error) }, "the public evidence key was not published");
}
