/** Owns the one error by which a reconcile says that a person must act. Pure. */

/** Stops retries of an object until its generation, or that of anything the reconcile read, moves; `reason` (PascalCase) becomes the reason of the condition and the event. */
export class TerminalError extends Error {
  override readonly name = "TerminalError";
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
