/** Owns running the operator as a process of its own, as its Pod does, against any API server. */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { until } from "../../cluster/until.ts";

const main = new URL("../../../operator/src/main.ts", import.meta.url).pathname;

/** How it is started. */
export interface OperatorProcessOptions {
  readonly kubeconfig: string;
  /** A file for its log. */
  readonly log: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Another file than its sources: a bundle. */
  readonly program?: string;
}

/** A process of the operator. */
export interface OperatorProcess {
  readonly pid: number;
  /** The text of its metrics. */
  metrics(): Promise<string>;
  /** The answer of a probe: status and text. */
  probe(path: "/livez" | "/readyz"): Promise<{ readonly status: number; readonly text: string }>;
  signal(name: NodeJS.Signals): void;
  /** How it ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** SIGTERM, and waits. */
  stop(): Promise<void>;
  /** Bytes of its resident memory. */
  residentBytes(): number;
  /** Seconds of processor time that it has used. */
  cpuSeconds(): number;
}

/** Starts it; its probes answer when this returns. Its end does not depend on ours: stop it. */
export async function startOperatorProcess(options: OperatorProcessOptions): Promise<OperatorProcess> {
  const { kubeconfig, log, environment, program = main } = options;
  const port = await freePort();
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: process.env.PATH,
      OPENREG_KUBECONFIG: kubeconfig,
      OPENREG_PORT: String(port),
      OPENREG_OPERATOR_NAMESPACE: "default",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const file = createWriteStream(log, { flags: "a" });
  child.stdout.pipe(file, { end: false });
  child.stderr.pipe(file, { end: false });
  const ended = new Promise<Awaited<OperatorProcess["ended"]>>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  const ask = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  await until({ what: "the operator answers its probes", seconds: 60, log, gone: () => child.exitCode !== null }, () =>
    ask("/livez").then(
      () => true,
      () => false,
    ),
  );
  return {
    pid: child.pid as number,
    ended,
    metrics: async () => (await ask("/metrics")).text(),
    async probe(path) {
      const answer = await ask(path);
      return { status: answer.status, text: await answer.text() };
    },
    signal: (name) => void child.kill(name),
    stop: () => stop(child, ended),
    residentBytes: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) * 1024,
    cpuSeconds: () => cpuSecondsOf(child.pid as number),
  };
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
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
