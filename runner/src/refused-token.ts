/** Owns how long the API server may refuse the token of the Pod before that is an end and not a renewal. */
import type { Clock } from "./clock.ts";

/** What is known of a token that was refused, without it. */
export interface RefusedToken {
  /** Tells one token from the next. */
  readonly id: string;
  /** When it expires by what it says itself, in milliseconds since 1970; undefined where it does not say. */
  readonly expiresAt: number | undefined;
}

/** A token that is refused for so long although it is valid is one of a Pod that was deleted, or of an account that was. */
const certainAfterMilliseconds = 30_000;

/**
 * Follows the answers to all calls of a process. A token that has expired waits for the kubelet, which renews it late after an outage;
 * one that has not is refused for certain when nothing but refusals of it came for half a minute.
 */
export class TokenWatch {
  readonly #clock: Clock;
  #refusal: { readonly id: string; readonly since: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes the next answer, undefined for one that refuses no token. Answers whether the token is refused for certain. */
  isCertain(refused: RefusedToken | undefined): boolean {
    const now = this.#clock.monotonicMilliseconds();
    const hasExpired = (refused?.expiresAt ?? Number.POSITIVE_INFINITY) <= Date.parse(this.#clock.now());
    if (!refused || hasExpired) this.#refusal = undefined;
    else if (this.#refusal?.id !== refused.id) this.#refusal = { id: refused.id, since: now };
    return this.#refusal !== undefined && now - this.#refusal.since >= certainAfterMilliseconds;
  }

  /** Milliseconds until it can be certain, undefined while nothing is refused. */
  get remainingMilliseconds(): number | undefined {
    const now = this.#clock.monotonicMilliseconds();
    return this.#refusal && Math.max(0, this.#refusal.since + certainAfterMilliseconds - now);
  }
}

/** What a token says of itself; it is not checked, for nothing is granted by it. */
export function refusedTokenOf(token: string): RefusedToken {
  const [, payload = "", signature = ""] = token.split(".");
  return { id: signature.slice(0, 16), expiresAt: expiryIn(payload) };
}

function expiryIn(payload: string): number | undefined {
  try {
    const { exp } = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as { exp?: unknown };
    return typeof exp === "number" ? exp * 1000 : undefined;
  } catch {
    return undefined; // a token of another form is judged by time alone
  }
}
