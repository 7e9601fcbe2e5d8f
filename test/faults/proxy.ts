/** Stands between programs and the API server: HTTP/1.1 with TLS, what it passes on it passes unchanged, and faults by plan. */
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Agent, createServer, request, type Server } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { issueCertificate } from "../cluster/certificates.ts";
import { type ApiCall, callOf } from "./api-call.ts";
import { refusal, type ViewFault, type WriteFault } from "./fault.ts";
import { passWatch } from "./proxy-watch.ts";

/** One request and how it was answered; 0 when there was no answer. */
export interface ProxiedCall extends ApiCall {
  readonly status: number;
  readonly fault: string | undefined;
  /** Milliseconds since the proxy began. */
  readonly at: number;
}

/** What a plan decides. */
export interface ProxyRules {
  /** Asked for each write. */
  readonly onWrite?: (call: ApiCall) => WriteFault | undefined;
  /** Kills the program. */
  readonly crash?: (call: ApiCall) => void;
  /** Asked for each watch. */
  readonly onWatch?: (call: ApiCall) => ViewFault | undefined;
  /** The version at which lists are answered; the newest by default. */
  readonly listVersion?: (call: ApiCall) => string | undefined;
  /** Refuses everything with this status. */
  readonly refuseAll?: number;
  /** Called before a write is passed on, to change the world in between. */
  readonly beforeWrite?: (call: ApiCall) => Promise<void>;
  /** Called with each write when it is over. */
  readonly onCall?: (call: ProxiedCall) => void;
}

/** A running proxy. */
export interface ApiProxy {
  readonly url: string;
  readonly ca: string;
  rules: ProxyRules;
  /** Breaks all connections and refuses new ones until `up`. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** Goes on with a certificate of its own. */
  renewCertificate(): Promise<void>;
  /** Connections that are open now. */
  connections(): number;
  stop(): Promise<void>;
}

/** Where it leads to, and the folder with the authority that signs its certificate. */
export interface ProxyOptions {
  readonly target: string;
  readonly certificates: string;
  readonly rules?: ProxyRules;
}

let proxies = 0;

/** Starts a proxy on a free port of the loopback. */
export async function startProxy({ target, certificates, rules = {} }: ProxyOptions): Promise<ApiProxy> {
  const ca = await readFile(join(certificates, "ca.crt"), "utf8");
  const began = performance.now();
  const sockets = new Set<Socket>();
  const agent = new Agent({ keepAlive: true, ca, maxSockets: 256 });
  let server: Server | undefined;
  let port = 0;
  let identity = await newIdentity(certificates);
  const proxy: ApiProxy = {
    url: "",
    ca,
    rules,
    async up() {
      server = createServer(identity, (incoming, answer) => {
        void serve({ incoming, answer, agent, target, ca, proxy, began }).catch(() => answer.destroy());
      });
      server.on("connection", (socket) => {
        sockets.add(socket);
        socket.on("error", () => {});
        socket.once("close", () => sockets.delete(socket));
      });
      await new Promise<void>((resolve, reject) => {
        server?.once("error", reject).listen(port, "127.0.0.1", resolve);
      });
      port = (server.address() as AddressInfo).port;
    },
    async down() {
      const closing = server && new Promise((resolve) => server?.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closing;
    },
    async renewCertificate() {
      identity = await newIdentity(certificates);
      await proxy.down();
      await proxy.up();
    },
    connections: () => sockets.size,
    async stop() {
      await proxy.down();
      agent.destroy();
    },
  };
  await proxy.up();
  return Object.assign(proxy, { url: `https://127.0.0.1:${port}` });
}

async function newIdentity(certificates: string): Promise<{ cert: string; key: string }> {
  proxies += 1;
  const name = `proxy-${process.pid}-${proxies}`;
  await issueCertificate(certificates, { name, commonName: "kube-apiserver", hosts: ["localhost", "127.0.0.1"] });
  const read = (end: string) => readFile(join(certificates, `${name}.${end}`), "utf8");
  return { cert: await read("crt"), key: await read("key") };
}

interface Serving {
  readonly incoming: IncomingMessage;
  readonly answer: ServerResponse;
  readonly agent: Agent;
  readonly target: string;
  readonly ca: string;
  readonly proxy: ApiProxy;
  readonly began: number;
}

async function serve(serving: Serving): Promise<void> {
  const { incoming, answer, proxy, began } = serving;
  const body = await textOf(incoming);
  const call = callOf(incoming.method ?? "GET", incoming.url ?? "/", body);
  if (proxy.rules.refuseAll) return refuse(answer, proxy.rules.refuseAll);
  if (!call.isWrite) return pass(serving, call);
  await proxy.rules.beforeWrite?.(call);
  const fault = proxy.rules.onWrite?.(call);
  const noted = (status: number) =>
    proxy.rules.onCall?.({ ...call, status, fault: fault?.kind, at: performance.now() - began });
  if (!fault) return pass(serving, call, noted);
  await fail({ ...serving, call, noted }, fault);
  if (!answer.writableEnded && !answer.destroyed) answer.destroy();
}

async function fail(
  serving: Serving & { readonly call: ApiCall; readonly noted: (status: number) => void },
  fault: WriteFault,
): Promise<void> {
  const { call, answer, proxy, noted } = serving;
  switch (fault.kind) {
    case "CrashBefore":
      proxy.rules.crash?.(call);
      return noted(0);
    case "CrashAfter":
      noted((await forward(serving, call)).status);
      return proxy.rules.crash?.(call);
    case "AnswerLost":
      return noted((await forward(serving, call)).status);
    case "Dropped":
      return noted(0);
    case "AppliedButFailed":
      noted((await forward(serving, call)).status);
      return refuse(answer, fault.status);
    case "Refused":
      noted(fault.status);
      return refuse(answer, fault.status, fault.retryAfterSeconds);
  }
}

function refuse(answer: ServerResponse, status: number, retryAfterSeconds?: number): void {
  const headers = {
    "content-type": "application/json",
    ...(retryAfterSeconds && { "retry-after": String(retryAfterSeconds) }),
  };
  answer.writeHead(status, headers).end(refusal(status, retryAfterSeconds));
}

async function pass(serving: Serving, call: ApiCall, noted?: (status: number) => void): Promise<void> {
  const { answer, proxy } = serving;
  const response = await open(serving, call);
  const { statusCode = 502, headers } = response;
  if (call.isWatch && statusCode === 200) {
    answer.writeHead(statusCode, headers);
    answer.flushHeaders();
    return passWatch(response, answer, proxy.rules.onWatch?.(call));
  }
  const text = await textOf(response);
  noted?.(statusCode);
  const { "transfer-encoding": _chunked, connection: _hop, ...rest } = headers;
  answer.writeHead(statusCode, { ...rest, "content-length": Buffer.byteLength(text) }).end(text);
}

async function forward(serving: Serving, call: ApiCall): Promise<{ readonly status: number }> {
  const response = await open(serving, call);
  await textOf(response);
  return { status: response.statusCode ?? 0 };
}

function open({ incoming, answer, agent, target, proxy }: Serving, call: ApiCall): Promise<IncomingMessage> {
  const { host: _host, connection: _hop, "accept-encoding": _encoding, ...headers } = incoming.headers;
  const version = call.isList ? proxy.rules.listVersion?.(call) : undefined;
  const path = version ? pastOf(call.path, version) : call.path;
  return new Promise((resolve, reject) => {
    const outgoing = request(`${target}${path}`, { method: call.method, headers, agent }, resolve);
    outgoing.on("error", reject);
    // a watch is given up by whoever asked for it; a write that has begun is not taken back
    if (call.isWatch) answer.once("close", () => outgoing.destroy());
    outgoing.end(call.body === "" ? undefined : call.body);
  });
}

/** The list as it was: the API server has what etcd has not compacted yet. */
function pastOf(path: string, version: string): string {
  const url = new URL(path, "http://api");
  if (url.searchParams.has("continue")) return path;
  url.searchParams.set("resourceVersion", version);
  url.searchParams.set("resourceVersionMatch", "Exact");
  return `${url.pathname}${url.search}`;
}

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
