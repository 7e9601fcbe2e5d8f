/** Owns the metrics of runs. No label names a run, a Report or a tenant. */
import { Counter, type Registry } from "prom-client";

/** What is counted about runs. */
export interface RunMetrics {
  countRunEnd(state: string, reason: string): void;
  countAttemptStart(purpose: string): void;
  countAttemptFailure(code: string): void;
}

/** Registers the metrics of runs; once per registry. */
export function newRunMetrics(registry: Registry): RunMetrics {
  const registers = [registry];
  const runs = new Counter({
    name: "openreg_runs_ended_total",
    help: "Runs that ended, by state and reason.",
    labelNames: ["state", "reason"],
    registers,
  });
  const starts = new Counter({
    name: "openreg_attempts_started_total",
    help: "Attempts whose Job was created, by purpose.",
    labelNames: ["purpose"],
    registers,
  });
  const failures = new Counter({
    name: "openreg_attempts_failed_total",
    help: "Attempts that failed, by failure code.",
    labelNames: ["code"],
    registers,
  });
  return {
    countRunEnd: (state, reason) => runs.inc({ state, reason }),
    countAttemptStart: (purpose) => starts.inc({ purpose }),
    countAttemptFailure: (code) => failures.inc({ code }),
  };
}
