/** Starts the operator and ends it: the only file with a process. */
import { pino } from "pino";
import { Registry } from "prom-client";
import { newDefinitionCheck } from "./check-worker.ts";
import { readConfig } from "./config.ts";
import { systemClock } from "./controller/clock.ts";
import { loadClusterAccess } from "./controller/cluster-access.ts";
import { messageOf } from "./controller/log.ts";
import { openProbes } from "./controller/probes.ts";
import { readEvidenceSigner } from "./evidence-signer.ts";
import { newOperator } from "./operator.ts";

/** Beside this file, in the sources as in the image. */
const workerFile = new URL(import.meta.url.endsWith(".cjs") ? "check-worker.cjs" : "check-worker.ts", import.meta.url);

async function main(): Promise<number> {
  const config = readConfig();
  const log = pino({ level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.abort());
  const registry = new Registry();
  const check = newDefinitionCheck({ workerFile, timeoutMilliseconds: config.checkTimeoutMilliseconds });
  const signer = config.evidenceKeyFile ? readEvidenceSigner(config.evidenceKeyFile) : undefined;
  if (!signer) log.warn({}, "no evidence key is configured: evidence will carry its hash, but no signature");
  const access = loadClusterAccess(config.kubeconfig);
  const operator = newOperator({
    config,
    access,
    clock: systemClock,
    random: Math.random,
    log,
    registry,
    check,
    signer,
  });
  const probes = await openProbes({ port: config.port, live: operator.live, ready: operator.ready, metrics: registry });
  try {
    const end = await operator.run(stop.signal);
    log.info({ end }, "the operator ends");
    return end === "Stopped" ? 0 : 1;
  } finally {
    await probes.close();
    await check.close();
  }
}

// A bundle in CommonJS has no await at its top.
main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`openreg-operator: ${messageOf(error)}\n`);
    process.exit(1);
  },
);
