/** Owns which failures of a watch make its cache untrustworthy, and which it may go on from. */
import { ApiError, isExpired } from "./api-error.ts";
import { UndecodableError } from "./watch-stream.ts";

/** Why the cache must be listed again. */
export class RelistError extends Error {
  override readonly name = "RelistError";
  readonly reason: string;
  readonly retryAfterSeconds: number;

  constructor(reason: string, message: string, retryAfterSeconds = 0) {
    super(message);
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** No event and no bookmark for so long that the connection counts as dead. */
export class MuteError extends Error {
  override readonly name = "MuteError";
}

/** Why a failure makes the cache untrustworthy; undefined when the watch can go on from where it was. */
export function relistReason(error: unknown): string | undefined {
  if (error instanceof RelistError) return error.reason;
  if (error instanceof UndecodableError) return "Undecodable";
  if (isExpired(error)) return "Expired";
  if (error instanceof ApiError) return isRefused(error) ? "Refused" : undefined;
  return isBrokenConnection(error) || error instanceof MuteError ? undefined : "Failed";
}

/** Refused for what was asked, not for who asked or how busy the API server is. */
function isRefused({ status, details }: ApiError): boolean {
  const fromTheFuture = details?.causes?.some((cause) => cause.reason === "ResourceVersionTooLarge") ?? false;
  return fromTheFuture || (status >= 400 && status < 500 && ![401, 403, 429].includes(status));
}

function isBrokenConnection(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException | undefined)?.code === "string";
}
