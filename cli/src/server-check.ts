/** Owns the check of objects by a cluster: a dry run on its API server, by the kubectl that the person has. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { kindOf } from "./kind-of.ts";
import type { PlacedManifest } from "./manifests.ts";
import { type Remark, remarkOnField } from "./remark.ts";
import { UsageError } from "./usage-error.ts";

/** Which cluster is asked; what is left out is as kubectl has it. */
export interface Cluster {
  readonly context?: string | undefined;
  readonly namespace?: string | undefined;
  /** The program; found on PATH by its name. */
  readonly kubectl?: string;
}

/** Asks for each object of ours whether the cluster would take it. Throws UsageError when the cluster cannot be asked. */
export async function checkByServer(placed: readonly PlacedManifest[], cluster: Cluster): Promise<readonly Remark[]> {
  const remarks: Remark[] = [];
  for (const one of placed.filter(({ manifest }) => kindOf(manifest))) {
    const answer = await dryRun(JSON.stringify(one.manifest), cluster);
    if (answer.code === 0) continue;
    if (!isRefusal(answer.stderr)) throw new UsageError(`the cluster cannot be asked: ${answer.stderr.trim()}`);
    remarks.push(
      ...causesOf(answer.stderr).map(({ path, message }) =>
        remarkOnField(one, { path, code: "ApiServer", severity: "Error", message }),
      ),
    );
  }
  return remarks;
}

async function dryRun(manifest: string, { context, namespace, kubectl = "kubectl" }: Cluster) {
  const args = [
    ...(context === undefined ? [] : [`--context=${context}`]),
    ...(namespace === undefined ? [] : [`--namespace=${namespace}`]),
    ...["apply", "--dry-run=server", "-f", "-"],
  ];
  const child = spawn(kubectl, args, { stdio: ["pipe", "ignore", "pipe"] });
  const ended = new Promise<number>((resolve, reject) => {
    child.once("close", (code) => resolve(code ?? 1));
    child.once("error", (cause) =>
      reject(new UsageError(`kubectl cannot be started: put it on PATH (${cause.message})`, { cause })),
    );
  });
  child.stdin.on("error", () => {}); // it ended before it read all: its words say why
  child.stdin.end(manifest);
  const [code, stderr] = await Promise.all([ended, text(child.stderr)]);
  return { code, stderr };
}

/** What the server says about the object, as against not being reached. */
function isRefusal(stderr: string): boolean {
  return /^(The \S+ "[^"]*" is invalid|Error from server|.*strict decoding error)/m.test(stderr);
}

/** The causes that kubectl lists, each with the field that it names. */
function causesOf(stderr: string): readonly { readonly path: string; readonly message: string }[] {
  const said = stderr
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("Warning:"))
    .join("\n");
  const [, listed] = /^The \S+ "[^"]*" is invalid: ?\n?([\s\S]*)$/.exec(said) ?? [];
  if (listed === undefined) {
    const [, field = ""] = /unknown field "([^"]+)"/.exec(said) ?? [];
    return [{ path: field, message: said }];
  }
  return listed.split(/^\* /m).flatMap((cause) => {
    const message = cause.trim();
    if (message === "") return [];
    const [, path = ""] = /^((?:spec|metadata)[^\s:]*): /.exec(message) ?? [];
    return [{ path, message: path === "" ? message : message.slice(path.length + 2) }];
  });
}
