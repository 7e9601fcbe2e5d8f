/** Owns HTTP to the API server: keep-alive connections, time limits and aborts; knows no resource. */
import * as http from "node:http";
import * as https from "node:https";
import { ApiError, type StatusBody } from "./api-error.ts";
import type { Clock } from "./clock.ts";
import type { ClusterAccess, Credentials } from "./cluster-access.ts";
import { messageOf } from "./log.ts";

/** One request; `body` is sent as it is. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How long the answer (for a stream: its head) may take. */
  readonly timeoutMilliseconds: number;
  readonly signal?: AbortSignal | undefined;
}

/** Sends requests; an answer of 400 and above is thrown as ApiError, as is no answer (`status` 0). */
export interface Transport {
  /** The whole answer as text, and its status code. */
  send(request: HttpRequest): Promise<{ readonly status: number; readonly text: string }>;
  /** The answer as it comes; destroying the stream, or the signal, ends the connection. */
  stream(request: HttpRequest): Promise<http.IncomingMessage>;
  /** Closes idle connections. */
  close(): void;
}

/** A free connection is closed before the API server closes it (90 s), so that none is reused at its end. */
const idleMilliseconds = 45_000;

/** Connections to one API server, authenticated anew with each request. */
export function newTransport(access: ClusterAccess, clock: Clock): Transport {
  const agents = newAgents(access);
  const open = async (request: HttpRequest) => {
    const credentials = await access.credentials();
    return openRequest(`${access.server}${request.path}`, request, agents.for(credentials), credentials);
  };
  return {
    async send(request) {
      const limit = limitTime(request, clock);
      try {
        const response = await open({ ...request, signal: limit.signal });
        const text = await readText(response);
        if ((response.statusCode ?? 0) >= 400) throw toApiError(response, text);
        return { status: response.statusCode ?? 0, text };
      } catch (error) {
        throw limit.explain(error);
      } finally {
        limit.end();
      }
    },
    async stream(request) {
      const limit = limitTime(request, clock);
      try {
        const response = await open({ ...request, signal: limit.signal });
        if ((response.statusCode ?? 0) >= 400) throw toApiError(response, await readText(response));
        limit.endTimeOnly();
        response.once("close", () => limit.end());
        return response;
      } catch (error) {
        limit.end();
        throw limit.explain(error);
      }
    },
    close: () => agents.close(),
  };
}

interface Agents {
  for(credentials: Credentials): http.Agent;
  close(): void;
}

/** One agent per set of certificates: when they are renewed, new connections use the new ones. */
function newAgents(access: ClusterAccess): Agents {
  let agent: http.Agent | undefined;
  let madeFor = "";
  return {
    for({ tls }) {
      const fingerprint = [tls.ca, tls.cert, tls.key].map(String).join("\n");
      if (agent && fingerprint === madeFor) return agent;
      const options = { keepAlive: true, keepAliveMsecs: 30_000, timeout: idleMilliseconds };
      agent = access.server.startsWith("https:") ? new https.Agent({ ...options, ...tls }) : new http.Agent(options);
      madeFor = fingerprint;
      return agent;
    },
    close: () => agent?.destroy(),
  };
}

function openRequest(
  url: string,
  request: HttpRequest,
  agent: http.Agent,
  credentials: Credentials,
): Promise<http.IncomingMessage> {
  const body = request.body === undefined ? undefined : Buffer.from(request.body);
  const length = body ? { "Content-Length": String(body.length) } : {};
  const open = url.startsWith("https:") ? https.request : http.request;
  return new Promise((resolve, reject) => {
    const outgoing = open(url, {
      method: request.method,
      headers: {
        Accept: "application/json",
        "User-Agent": "openreg",
        ...request.headers,
        ...credentials.headers,
        ...length,
      },
      agent,
      ...(request.signal ? { signal: request.signal } : {}),
    });
    outgoing.on("response", resolve);
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

async function readText(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

/** The caller's signal and the time limit as one signal. */
function limitTime(request: HttpRequest, clock: Clock) {
  const abort = new AbortController();
  let late = false;
  const timer = clock.setTimer(request.timeoutMilliseconds, () => {
    late = true;
    abort.abort();
  });
  const onAbort = () => abort.abort();
  if (request.signal?.aborted) abort.abort();
  request.signal?.addEventListener("abort", onAbort);
  const what = `${request.method} ${request.path.split("?")[0]}`;
  return {
    signal: abort.signal,
    endTimeOnly: () => timer.cancel(),
    end() {
      timer.cancel();
      request.signal?.removeEventListener("abort", onAbort);
    },
    explain(error: unknown): ApiError {
      if (error instanceof ApiError) return error;
      if (late) {
        const message = `${what}: no answer within ${request.timeoutMilliseconds} ms; the API server may be overloaded or unreachable`;
        return new ApiError(message, { status: 0, reason: "Timeout" }, { cause: error });
      }
      const reason = request.signal?.aborted ? "Aborted" : "ConnectionFailed";
      return new ApiError(`${what}: ${messageOf(error)}`, { status: 0, reason }, { cause: error });
    },
  };
}

function toApiError(response: http.IncomingMessage, text: string): ApiError {
  const status = response.statusCode ?? 0;
  const body = parseStatus(text);
  const header = Number(response.headers["retry-after"]);
  const retryAfterSeconds = Number.isFinite(header) && header >= 0 ? header : body.details?.retryAfterSeconds;
  const message = body.message ?? `the API server answered ${status} ${response.statusMessage ?? ""}`.trim();
  return new ApiError(message, { status, reason: body.reason ?? "Unknown", retryAfterSeconds, details: body.details });
}

function parseStatus(text: string): StatusBody {
  try {
    return JSON.parse(text) as StatusBody;
  } catch {
    return {}; // proxies and panics answer in prose
  }
}
