/** Talks to a cluster's API server through kubectl's proxy: any kubeconfig will do, and no process starts inside of a measured time. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Cluster } from "../../test/cluster/cluster.ts";

const longestWaitMs = 120_000;

/** An object of a watch, as loosely as JSON gives it. */
export type Watched = Readonly<Record<string, unknown>>;

/** What is waited for: the first object of a list that is so. */
export interface Awaited<T extends Watched> {
  /** The path of the list, with its selector. */
  readonly path: string;
  readonly what: string;
  readonly isSo: (object: T) => boolean;
}

/** The few calls that the bench makes; paths begin with `/api`, `/apis` or `/metrics`. */
export interface ApiServer {
  get(path: string): Promise<string>;
  create(path: string, object: object): Promise<void>;
  remove(path: string): Promise<void>;
  /** Opens a watch, and resolves when it is open; `seen` then gives the moment (milliseconds of performance.now) and the object. */
  watch<T extends Watched>(wanted: Awaited<T>): Promise<{ readonly seen: Promise<{ at: number; object: T }> }>;
  close(): void;
}

/** Starts the proxy. */
export async function openApiServer({ kubectl, kubeconfig, context }: Cluster): Promise<ApiServer> {
  const args = ["--kubeconfig", kubeconfig, "--context", context, "proxy", "--port=0"];
  const proxy = spawn(kubectl, args, { stdio: ["ignore", "pipe", "inherit"] });
  const address = await addressOf(proxy);
  const call = async (method: string, path: string, body?: object): Promise<Response> => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(address + path, {
      ...{ method, headers, signal: AbortSignal.timeout(longestWaitMs) },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path} was answered by ${answer.status}: ${await answer.text()}`);
    return answer;
  };
  return {
    get: async (path) => (await call("GET", path)).text(),
    create: async (path, object) => void (await (await call("POST", path, object)).text()),
    remove: async (path) => void (await (await call("DELETE", path)).text()),
    async watch<T extends Watched>(wanted: Awaited<T>) {
      const answer = await call("GET", `${wanted.path}&watch=true`);
      return { seen: firstThatIsSo(answer, wanted) };
    },
    close: () => proxy.kill(),
  };
}

async function addressOf(proxy: ChildProcess): Promise<string> {
  if (!proxy.stdout) throw new Error("kubectl proxy has no output");
  const lines = createInterface({ input: proxy.stdout });
  const [line] = (await Promise.race([once(lines, "line"), once(proxy, "exit")])) as [unknown];
  const address = /127\.0\.0\.1:\d+/.exec(String(line))?.[0];
  if (!address) throw new Error(`kubectl proxy did not start: ${line}`);
  return `http://${address}`;
}

async function firstThatIsSo<T extends Watched>(answer: Response, { what, isSo, path }: Awaited<T>) {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const chunk of answer.body ?? []) {
      const at = performance.now();
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      const object = lines.map((line) => (JSON.parse(line) as { object: T }).object).find(isSo);
      if (object) return { at, object };
    }
  } catch (cause) {
    throw new Error(`${what}: not seen at ${path} within ${longestWaitMs / 1000} s`, { cause });
  }
  throw new Error(`${what}: the watch of ${path} ended before it was seen`);
}
