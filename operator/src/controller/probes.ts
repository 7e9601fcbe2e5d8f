/** Owns the HTTP port of a program: /livez, /readyz and /metrics. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { messageOf } from "./log.ts";

/** Answers undefined when all is well, else a sentence. */
export type Check = () => string | undefined;

/** What the port answers from. */
export interface ProbesOptions {
  readonly port: number;
  readonly host?: string;
  readonly live: Readonly<Record<string, Check>>;
  readonly ready: Readonly<Record<string, Check>>;
  /** The text of all metrics and its content type, as a prom-client registry gives it. */
  readonly metrics: { metrics(): Promise<string>; readonly contentType: string };
}

/** An open port. */
export interface Probes {
  readonly port: number;
  close(): Promise<void>;
}

/** Opens the port; port 0 takes a free one. Rejects when the port is taken. */
export async function openProbes(options: ProbesOptions): Promise<Probes> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => reply(response, 500, messageOf(error)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, resolve);
  });
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

async function answer(options: ProbesOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url?.split("?")[0];
  if (path === "/livez") return replyChecks(response, options.live);
  if (path === "/readyz") return replyChecks(response, options.ready);
  if (path !== "/metrics") return reply(response, 404, "ask for /livez, /readyz or /metrics\n");
  return reply(response, 200, await options.metrics.metrics(), options.metrics.contentType);
}

function replyChecks(response: ServerResponse, checks: Readonly<Record<string, Check>>): void {
  const lines = Object.entries(checks).map(([name, check]) => ({ name, problem: check() }));
  const failed = lines.some(({ problem }) => problem !== undefined);
  const text = lines.map(({ name, problem }) =>
    problem === undefined ? `[+] ${name} ok\n` : `[-] ${name}: ${problem}\n`,
  );
  reply(response, failed ? 503 : 200, text.join(""));
}

function reply(response: ServerResponse, status: number, text: string, type = "text/plain; charset=utf-8"): void {
  response.writeHead(status, { "Content-Type": type }).end(text);
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
