/** Owns the one call the runner makes to the API server: a merge patch on the status of its own run. */
import { readFile } from "node:fs/promises";
import { type IncomingMessage, request as requestPlain } from "node:http";
import { request as requestTls } from "node:https";
import { join } from "node:path";
import { group, version } from "@openreg/crds";
import type { Clock } from "./clock.ts";
import { causedBy, codeOf, messageOf, StepError } from "./errors.ts";
import { type RefusedToken, refusedTokenOf, type TokenWatch } from "./refused-token.ts";

/** An answer of the API server; the body is JSON. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfterSeconds: number | undefined;
  /** The token that was refused, where the answer is 401. */
  readonly refused?: RefusedToken | undefined;
}

/** Sends one merge patch; `{}` reads. Throws what the transport throws. */
export type PatchStatus = (patch: object) => Promise<ApiAnswer>;

/** Where the run lives, and who we are. */
export interface RunAddress {
  readonly apiServer: string;
  /** Folder with `token` and `ca.crt`. */
  readonly identity: string;
  readonly namespace: string;
  readonly name: string;
}

const answerTimeoutMilliseconds = 15_000;
const largestAnswerBytes = 4 * 1024 * 1024;

/** A patch function for one run. The token is read again for each call, because the kubelet renews it. */
export function newPatchStatus(address: RunAddress): PatchStatus {
  const path = `/apis/${group}/${version}/namespaces/${address.namespace}/reportruns/${address.name}/status?fieldManager=openreg-runner`;
  const url = new URL(path, address.apiServer);
  return async (patch) => {
    const [token, ca] = await Promise.all([read(address.identity, "token"), read(address.identity, "ca.crt")]);
    const answer = await send(url, JSON.stringify(patch), { token: token.trim(), ca });
    return answer.status === 401 ? { ...answer, refused: refusedTokenOf(token.trim()) } : answer;
  };
}

function send(url: URL, body: string, { token, ca }: { token: string; ca: string }): Promise<ApiAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ApiAnswer>();
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "application/merge-patch+json",
    "content-length": Buffer.byteLength(body),
    accept: "application/json",
  };
  const options = { method: "PATCH", headers, timeout: answerTimeoutMilliseconds };
  const request = url.protocol === "http:" ? requestPlain(url, options) : requestTls(url, { ...options, ca });
  request.on("timeout", () => request.destroy(new Error(`no answer within ${answerTimeoutMilliseconds / 1000} s`)));
  request.on("error", reject);
  request.on("response", (response) => collect(response).then(resolve, reject));
  request.end(body);
  return promise;
}

async function collect(response: IncomingMessage): Promise<ApiAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestAnswerBytes) throw new Error("the answer of the API server is too large");
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString("utf8");
  const retryAfter = Number(response.headers["retry-after"]);
  return {
    status: response.statusCode ?? 0,
    body: parsed(text),
    retryAfterSeconds: retryAfter > 0 ? retryAfter : undefined,
  };
}

/** What stands before the API server (a proxy, an overloaded server) may answer with text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.slice(0, 200) };
  }
}

async function read(folder: string, name: string): Promise<string> {
  try {
    return await readFile(join(folder, name), "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT" && name === "ca.crt") return "";
    throw causedBy(error, "InternalError", `the token of the Pod cannot be read: ${messageOf(error)}`);
  }
}

/** How long and how a call is repeated. */
export interface RetryPolicy {
  readonly clock: Clock;
  /** Random number from 0 to 1, so that many runners do not knock at once. */
  readonly random: () => number;
  /** For how long a call is repeated, in milliseconds; asked before each wait. */
  readonly patienceMilliseconds: () => number;
  /** Knows when the token will not be accepted any more, over all calls of the process. */
  readonly token: TokenWatch;
}

const firstWaitMilliseconds = 200;
const longestWaitMilliseconds = 10_000;

/** Repeats a call while the server cannot be reached, is overloaded or broken, or the token is being renewed. Answers 401 when that is for certain. */
export async function patchPatiently(patchStatus: PatchStatus, patch: object, policy: RetryPolicy): Promise<ApiAnswer> {
  const start = policy.clock.monotonicMilliseconds();
  for (let tried = 0; ; tried += 1) {
    const answer = await attempted(patchStatus, patch);
    const isCertain = policy.token.isCertain("failure" in answer ? undefined : answer.refused);
    if (!("failure" in answer) && (isCertain || !isPassing(answer.status))) return answer;
    const why = "failure" in answer ? messageOf(answer.failure) : `HTTP ${answer.status}`;
    const longest = policy.token.remainingMilliseconds ?? Number.POSITIVE_INFINITY;
    const wait = Math.min(longest, waitMilliseconds(tried, answer, policy.random()));
    if (policy.clock.monotonicMilliseconds() - start + wait > policy.patienceMilliseconds()) {
      throw new StepError("InternalError", `the API server could not be reached: ${why}`, {
        cause: "failure" in answer ? answer.failure : undefined,
      });
    }
    await policy.clock.sleep(wait);
  }
}

type Attempted = ApiAnswer | { readonly failure: unknown };

async function attempted(patchStatus: PatchStatus, patch: object): Promise<Attempted> {
  try {
    return await patchStatus(patch);
  } catch (failure) {
    return { failure };
  }
}

function isPassing(status: number): boolean {
  return status === 401 || status === 429 || status >= 500;
}

function waitMilliseconds(tried: number, answer: Attempted, random: number): number {
  const asked = "failure" in answer ? undefined : answer.retryAfterSeconds;
  if (asked !== undefined) return asked * 1000 * (1 + random / 4);
  return Math.min(longestWaitMilliseconds, firstWaitMilliseconds * 2 ** tried) * (0.5 + random / 2);
}
