/** Owns running the runner as a process of its own, with everything a Pod would mount below one folder. */
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { podPaths, type RunPlan } from "@openreg/crds";

const main = new URL("../../../runner/src/main.ts", import.meta.url).pathname;

/** Secrets by `connectors/<name>` and `destinations/<name>`. */
export type MountedSecrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** A folder that stands for the file system of run Pods; the store in it outlives attempts. */
export interface RunnerRoot {
  readonly folder: string;
  readonly store: string;
  /** Starts an attempt. `kill` ends it as a node that dies would. */
  start(plan: RunPlan, environment: Readonly<Record<string, string>>): RunningAttempt;
  remove(): Promise<void>;
}

/** A process of the runner. */
export interface RunningAttempt {
  readonly ended: Promise<EndedAttempt>;
  /** What it has printed so far. */
  readonly output: () => string;
  signal(name: NodeJS.Signals): void;
}

/** How a process ended. */
export interface EndedAttempt {
  readonly exitCode: number | null;
  readonly output: string;
  readonly termination: { readonly code: string; readonly message: string; readonly step?: string } | undefined;
}

/** Makes the folder. */
export async function newRunnerRoot(secrets: MountedSecrets): Promise<RunnerRoot> {
  const folder = await mkdtemp(join(tmpdir(), "openreg-pod-"));
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  await mkdir(join(folder, podPaths.store), { recursive: true });
  await mkdir(join(folder, "dev"), { recursive: true });
  await put(`${podPaths.identity}/token`, "token-of-the-pod");
  for (const [owner, keys] of Object.entries(secrets)) {
    for (const [key, value] of Object.entries(keys)) await put(`${podPaths.credentials}/${owner}/${key}`, value);
  }
  return {
    folder,
    store: join(folder, podPaths.store),
    start: (plan, environment) => startAttempt(folder, plan, put, environment),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

type Put = (path: string, text: string) => Promise<void>;

function startAttempt(
  folder: string,
  plan: RunPlan,
  put: Put,
  environment: Readonly<Record<string, string>>,
): RunningAttempt {
  const heard: string[] = [];
  let kill = (_name: NodeJS.Signals): void => {};
  const ended = (async (): Promise<EndedAttempt> => {
    await put(podPaths.plan, JSON.stringify(plan));
    await rm(join(folder, podPaths.terminationMessage), { force: true });
    const child = spawn(process.execPath, [main], {
      env: {
        PATH: process.env.PATH ?? "",
        OPENREG_NAMESPACE: plan.run.namespace,
        OPENREG_TEST_ROOT: folder,
        ...environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    kill = (name) => void child.kill(name);
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => heard.push(text));
    const exitCode = await new Promise<number | null>((resolve) => child.on("close", resolve));
    const words = await readFile(join(folder, podPaths.terminationMessage), "utf8").catch(() => "");
    return { exitCode, output: heard.join(""), termination: words ? JSON.parse(words) : undefined };
  })();
  return { ended, output: () => heard.join(""), signal: (name) => kill(name) };
}
