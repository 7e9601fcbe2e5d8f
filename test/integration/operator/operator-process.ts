/** Owns running the operator as a process of its own, as its Pod does, against any API server. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { until } from "../../cluster/until.ts";

const main = new URL("../../../operator/src/main.ts", import.meta.url).pathname;

/** How it is started. */
export interface OperatorProcessOptions {
  readonly kubeconfig: string;
  /** A file for its log. */
  readonly log: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether it is started anew when it ends by itself. */
  readonly restarts?: boolean;
  /** Another file than its sources: a bundle. */
  readonly program?: string;
}

/** A process of the operator. */
export interface OperatorProcess {
  pid(): number;
  /** How often it was started anew. */
  restarts(): number;
  /** The text of its metrics. */
  metrics(): Promise<string>;
  /** The answer of a probe: status and text. */
  probe(path: "/livez" | "/readyz"): Promise<{ readonly status: number; readonly text: string }>;
  signal(name: NodeJS.Signals): void;
  /** How the first process ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** SIGTERM, and waits. */
  stop(): Promise<void>;
  /** Bytes of its resident memory. */
  residentBytes(): number;
  /** Seconds of processor time that it has used. */
  cpuSeconds(): number;
}

/** Starts it; its probes answer when this returns. It ends with us at the latest. */
export async function startOperatorProcess(options: OperatorProcessOptions): Promise<OperatorProcess> {
  const port = await freePort();
  const start = () => spawnOperator(options, port);
  let running = start();
  let [isStopping, restarts] = [false, 0];
  // As the kubelet does with a container that ended.
  const watchOver = (one: RunningProgram) =>
    void one.ended.then(() => {
      if (isStopping || !options.restarts) return;
      restarts += 1;
      running = start();
      watchOver(running);
    });
  watchOver(running);
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  const gone = () => running.child.exitCode !== null;
  await until({ what: "the operator answers its probes", seconds: 60, log: options.log, gone }, () =>
    ask("/livez").then(
      () => true,
      () => false,
    ),
  );
  const pid = () => running.child.pid as number;
  return {
    pid,
    ended: running.ended,
    restarts: () => restarts,
    metrics: async () => (await ask("/metrics")).text(),
    async probe(path) {
      const answer = await ask(path);
      return { status: answer.status, text: await answer.text() };
    },
    signal: (name) => void running.child.kill(name),
    stop() {
      isStopping = true;
      return stop(running);
    },
    residentBytes: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid()}/status`, "utf8"))?.[1]) * 1024,
    cpuSeconds: () => cpuSecondsOf(pid()),
  };
}

interface RunningProgram {
  readonly child: ChildProcess;
  readonly ended: OperatorProcess["ended"];
}

function spawnOperator(options: OperatorProcessOptions, port: number): RunningProgram {
  const { kubeconfig, log, environment, program = main } = options;
  const file = openSync(log, "a");
  // The kernel ends it when we end, however that was; the process keeps its id.
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", process.execPath, program], {
    env: {
      PATH: process.env.PATH,
      OPENREG_KUBECONFIG: kubeconfig,
      OPENREG_PORT: String(port),
      OPENREG_OPERATOR_NAMESPACE: "default",
      ...environment,
    },
    stdio: ["ignore", file, file],
  });
  closeSync(file);
  const ended = new Promise<Awaited<OperatorProcess["ended"]>>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  return { child, ended };
}

async function stop({ child, ended }: RunningProgram): Promise<void> {
  child.kill("SIGCONT"); // a stopped process hears nothing else
  child.kill("SIGTERM");
  await ended;
}

/** User and system time, in hundredths of a second. */
function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
