/** Owns what local peers share: a folder of their own, a free port, a program that ends with the process that started it. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { until } from "../cluster/until.ts";

const runFile = promisify(execFile);

/** The address at which all local peers listen. */
export const peerHost = "127.0.0.1";

/** A program that serves a test. */
export interface Peer {
  readonly port: number;
  readonly folder: string;
  /** What the program has printed so far. */
  readonly output: () => string;
  /** Ends the program and removes its folder. */
  stop(): Promise<void>;
}

/** How a peer is started: `user` is the account it runs as when we are root. */
export interface PeerProgram {
  readonly name: string;
  readonly program: string;
  readonly args: (place: { port: number; folder: string }) => readonly string[];
  readonly prepare: (place: { port: number; folder: string }) => Promise<void>;
  readonly user?: string;
}

/** Starts a program and waits until its port answers. */
export async function startPeer(peer: PeerProgram): Promise<Peer> {
  const folder = await newPeerFolder(peer.name, peer.user);
  const port = await freePort();
  const place = { port, folder };
  await peer.prepare(place);
  const child = spawn(
    "setpriv",
    [...(await asUser(peer.user)), "--pdeathsig", "TERM", "--", peer.program, ...peer.args(place)],
    {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env.PATH ?? "", LC_ALL: "C" },
    },
  );
  const heard: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => heard.push(text));
  const output = (): string => heard.join("");
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  try {
    await until({ what: `${peer.name} listens on ${port}`, seconds: 30, everyMs: 25, gone: hasEnded }, () =>
      isListening(port),
    );
  } catch (error) {
    await stopChild(child, folder);
    throw new Error(`${peer.name} did not start: ${output().slice(-2000)}`, { cause: error });
  }
  return { port, folder, output, stop: () => stopChild(child, folder) };
}

/** Runs a program to its end as the peer's account. */
export async function runAs(
  user: string | undefined,
  program: string,
  args: readonly string[],
  input?: string,
): Promise<string> {
  const running = runFile("setpriv", [...(await asUser(user)), "--", program, ...args], {
    env: { PATH: process.env.PATH ?? "", LC_ALL: "C" },
  });
  running.child.stdin?.on("error", () => {}); // it may end before it has read its input; its exit code tells
  running.child.stdin?.end(input ?? "");
  return (await running).stdout;
}

/** A folder that belongs to the account. */
export async function newPeerFolder(name: string, user?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `openreg-${name}-`));
  if (user && isRoot()) {
    const { uid, gid } = await idsOf(user);
    await chown(folder, uid, gid);
  }
  return folder;
}

/** A port that nobody uses at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, peerHost, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function asUser(user: string | undefined): Promise<readonly string[]> {
  if (!user || !isRoot()) return [];
  const { uid, gid } = await idsOf(user);
  return ["--reuid", String(uid), "--regid", String(gid), "--clear-groups"];
}

async function idsOf(user: string): Promise<{ readonly uid: number; readonly gid: number }> {
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (flag) => Number((await runFile("id", [flag, user])).stdout)),
  );
  return { uid: uid as number, gid: gid as number };
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, peerHost);
    socket.on("error", () => resolve(false));
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

async function stopChild(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGINT");
    const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(timer);
  }
  await rm(folder, { recursive: true, force: true });
}
