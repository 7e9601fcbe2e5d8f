/** Owns how calls reach the API server: through a token bucket, counted, and again where that is safe. */
import type { IncomingMessage } from "node:http";
import { ApiError } from "./api-error.ts";
import { backOffMilliseconds } from "./back-off.ts";
import { type Clock, pause, type Random } from "./clock.ts";
import type { Resource } from "./kubernetes.ts";
import type { ClientMetrics } from "./metrics.ts";
import { newTokenBucket } from "./token-bucket.ts";
import type { HttpRequest, Transport } from "./transport.ts";

/** What a sender is made of; the defaults are 200 calls per second with a burst of 400, and 30 s per call. */
export interface RequestSenderOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: ClientMetrics;
  readonly callsPerSecond?: number;
  readonly burst?: number;
  readonly timeoutMilliseconds?: number;
}

/** Sends calls; both ways throw ApiError. */
export interface RequestSender {
  /** The answer, parsed; retried where that is safe. */
  json<T>(call: Call): Promise<T>;
  /** The answer as a stream; not retried. */
  stream(call: Call): Promise<IncomingMessage>;
}

const retryLimits = { firstMilliseconds: 200, longestMilliseconds: 5_000 };
const mostAttempts = 5;
/** A caller is not held longer than this by Retry-After; it gets the error and decides. */
const longestRetryAfterSeconds = 30;

/** One call: `verb` and `resource` name it in metrics. */
export interface Call {
  readonly verb: string;
  readonly resource: Resource;
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
}

/** Sends calls through the token bucket, counts them, and retries what may be retried. */
export function newRequestSender(options: RequestSenderOptions): RequestSender {
  const { transport, clock, random, metrics } = options;
  const bucket = newTokenBucket(clock, options.callsPerSecond ?? 200, options.burst ?? 400);

  const once = async <A>(call: Call, act: (request: HttpRequest) => Promise<A>): Promise<A> => {
    const wait = bucket.reserve();
    if (wait > 0) await pause(clock, wait, call.signal);
    const startedAt = clock.monotonic();
    const count = (code: string) =>
      metrics.observeCall(call.verb, call.resource.plural, code, (clock.monotonic() - startedAt) / 1000);
    try {
      const answer = await act(requestOf(call, options.timeoutMilliseconds ?? 30_000));
      count("2xx");
      return answer;
    } catch (error) {
      count(error instanceof ApiError ? String(error.status || error.reason) : "error");
      throw error;
    }
  };

  const send = async (call: Call) => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await once(call, (request) => transport.send(request));
      } catch (error) {
        if (attempt + 1 >= mostAttempts || !mayRetry(call, error)) throw error;
        await pause(clock, waitAfter(error as ApiError, attempt, random), call.signal);
      }
    }
  };
  return {
    json: async <T>(call: Call) => JSON.parse((await send(call)).text) as T,
    stream: (call) => once(call, (request) => transport.stream(request)),
  };
}

function mayRetry(call: Call, error: unknown): boolean {
  if (!(error instanceof ApiError) || call.signal?.aborted) return false;
  if ((error.retryAfterSeconds ?? 0) > longestRetryAfterSeconds) return false;
  if (error.status === 429) return true;
  return (
    call.method === "GET" && (error.status >= 500 || error.reason === "Timeout" || error.reason === "ConnectionFailed")
  );
}

function waitAfter(error: ApiError, attempt: number, random: Random): number {
  return (error.retryAfterSeconds ?? 0) * 1000 + backOffMilliseconds(attempt, retryLimits, random);
}

function requestOf(call: Call, timeoutMilliseconds: number): HttpRequest {
  const { method, path, signal, body } = call;
  if (!body) return { method, path, signal, timeoutMilliseconds, ...(call.headers ? { headers: call.headers } : {}) };
  const headers = { "Content-Type": "application/json", ...call.headers };
  return { method, path, signal, timeoutMilliseconds, headers, body: JSON.stringify(body) };
}
