/** Owns the one error of the API client and the questions asked of it. */

/** What the API server answered, as `metav1.Status`. */
export interface StatusBody {
  readonly status?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly code?: number;
  readonly details?: StatusDetails;
}

/** Which object a Status is about, and why. */
export interface StatusDetails {
  readonly name?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly retryAfterSeconds?: number;
  readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
}

/** What an ApiError is made of; `status` 0 means that no answer came. */
export interface ApiErrorFields {
  readonly status: number;
  readonly reason: string;
  readonly retryAfterSeconds?: number | undefined;
  readonly details?: StatusDetails | undefined;
}

/** A call that failed: refused by the API server (`status` ≥ 400), or unanswered (`status` 0, reason `Timeout`, `ConnectionFailed` or `Aborted`). */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly reason: string;
  readonly retryAfterSeconds: number | undefined;
  readonly details: StatusDetails | undefined;

  constructor(message: string, fields: ApiErrorFields, options?: ErrorOptions) {
    super(message, options);
    this.status = fields.status;
    this.reason = fields.reason;
    this.retryAfterSeconds = fields.retryAfterSeconds;
    this.details = fields.details;
  }
}

/** The object, or what contains it, does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** A create met an object of the same name. */
export function isAlreadyExists(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409 && error.reason === "AlreadyExists";
}

/** A write or delete was decided on an older state, or another field manager owns the field: read again and decide again. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409 && error.reason !== "AlreadyExists";
}

/** The resourceVersion or `continue` token is too old: list again. */
export function isExpired(error: unknown): boolean {
  return error instanceof ApiError && error.status === 410;
}

/** The API server refused the content: invalid, or denied by a policy. */
export function isRejected(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 422 || error.status === 403 || error.status === 400);
}

/** How long a call waits whose namespace is being deleted: it will be gone, or made anew. */
const terminatingMilliseconds = 30_000;

/** How long to wait at least before another try, in milliseconds: what the API server asks for, and long where nothing can be created any more. */
export function leastWaitMilliseconds(error: unknown): number {
  if (!(error instanceof ApiError)) return 0;
  if (error.details?.causes?.some(({ reason }) => reason === "NamespaceTerminating")) return terminatingMilliseconds;
  return (error.retryAfterSeconds ?? 0) * 1000;
}
