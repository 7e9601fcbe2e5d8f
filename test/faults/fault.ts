/** The faults a plan can put between a program and the API server. Pure. */

/** What happens to one write. */
export type WriteFault =
  /** The program is killed before the write reaches the API server, or after it was applied and before the answer came. */
  | { readonly kind: "CrashBefore" | "CrashAfter" }
  /** Applied, and the connection ends without an answer; or it ends before anything was applied. */
  | { readonly kind: "AnswerLost" | "Dropped" }
  /** Applied, and answered by a gateway that has lost patience. */
  | { readonly kind: "AppliedButFailed"; readonly status: number }
  /** Not applied: refused. */
  | { readonly kind: "Refused"; readonly status: number; readonly retryAfterSeconds?: number };

/** What happens to what is read. Times in milliseconds. */
export type ViewFault =
  /** After a restart lists are as old as the write of that purpose, and watches are held back for so long. */
  | { readonly kind: "StaleList"; readonly milliseconds: number }
  /** Events of these resources come later than those of others. */
  | { readonly kind: "Late"; readonly resources: readonly string[]; readonly milliseconds: number }
  /** What happens to an object within this time is seen as one event. */
  | { readonly kind: "Merged"; readonly milliseconds: number }
  /** Watches end without a word after this time; or they break. */
  | { readonly kind: "Ended" | "Broken"; readonly milliseconds: number }
  /** After so many events of a watch the rest of it is this, once per resource. */
  | { readonly kind: "Garbage" | "Mute"; readonly afterEvents: number }
  | { readonly kind: "ErrorEvent"; readonly afterEvents: number; readonly status: number }
  /** Bytes come in pieces so small that characters are cut. */
  | { readonly kind: "Split"; readonly bytes: number };

/** A fault in few words, for the table of results. */
export function wordsOf(fault: WriteFault | ViewFault): string {
  switch (fault.kind) {
    case "CrashBefore":
      return "crash before";
    case "CrashAfter":
      return "crash after";
    case "AnswerLost":
      return "applied, answer lost";
    case "Dropped":
      return "connection lost";
    case "AppliedButFailed":
      return `applied, ${fault.status}`;
    case "Refused":
      return fault.retryAfterSeconds ? `${fault.status}, Retry-After ${fault.retryAfterSeconds}` : String(fault.status);
    case "Late":
      return `late by ${fault.milliseconds} ms: ${fault.resources.join(", ")}`;
    case "ErrorEvent":
      return `ERROR event ${fault.status}`;
    case "Garbage":
    case "Mute":
      return `${fault.kind.toLowerCase()} after ${fault.afterEvents} events`;
    case "Split":
      return `pieces of ${fault.bytes} bytes`;
    case "StaleList":
    case "Merged":
    case "Ended":
    case "Broken":
      return `${words[fault.kind]} ${fault.milliseconds} ms`;
  }
}

const words = {
  StaleList: "stale list for",
  Merged: "merged within",
  Ended: "watch ends after",
  Broken: "watch breaks after",
} as const;

/** Every fault of a write; the first two only where a program may die there. */
export const writeFaults: readonly WriteFault[] = [
  { kind: "CrashBefore" },
  { kind: "CrashAfter" },
  { kind: "AnswerLost" },
  { kind: "Dropped" },
  { kind: "AppliedButFailed", status: 504 },
  ...[401, 403, 404, 409, 410, 422, 500, 503, 504].map((status) => ({ kind: "Refused" as const, status })),
  { kind: "Refused", status: 429, retryAfterSeconds: 1 },
];

/** The body of a refusal, as the API server words it. */
export function refusal(status: number, retryAfterSeconds?: number): string {
  return JSON.stringify({
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    reason: reasons[status] ?? "InternalError",
    message: `the fault harness answers ${status}`,
    code: status,
    ...(retryAfterSeconds && { details: { retryAfterSeconds } }),
  });
}

const reasons: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  410: "Expired",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};
