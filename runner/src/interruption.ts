/** Owns how an attempt is stopped from outside: by cancel, SIGTERM, deadline or another owner, and what each may cut short. */
import type { StepError } from "./errors.ts";

/**
 * Collects requests to stop. Cancel is honoured at once until the first delivery has begun, afterwards nothing new starts.
 * SIGTERM and the deadline are honoured at once, but not between a rename at a receiver and its receipt.
 * The loss of the attempt to another owner is always honoured at once.
 */
export class Interruption {
  readonly #controller = new AbortController();
  #reason: StepError | undefined;
  #deliveries = 0;
  #critical = 0;

  /** Aborted, with the StepError as reason, when work must stop now. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Why nothing new may start, or undefined. */
  get stopping(): StepError | undefined {
    return this.#reason;
  }

  /** Asks to stop; the first reason counts, except that the loss of the attempt overrides all. */
  request(reason: StepError): void {
    if (this.#reason === undefined || reason.code === "Fenced") this.#reason = reason;
    this.#abortIfAllowed();
  }

  /** Throws the reason when nothing new may start. */
  throwIfStopping(): void {
    if (this.#reason) throw this.#reason;
  }

  /** Marks that a delivery has begun; from now on cancel waits for it. */
  beginDelivery(): void {
    this.#deliveries += 1;
  }

  /** Begins what must not be cut short by SIGTERM or the deadline; the answer ends it and may be called twice. */
  beginCritical(): () => void {
    this.#critical += 1;
    let isOpen = true;
    return () => {
      if (isOpen) this.#critical -= 1;
      isOpen = false;
      this.#abortIfAllowed();
    };
  }

  #abortIfAllowed(): void {
    const reason = this.#reason;
    if (!reason || this.signal.aborted) return;
    const mayAbort =
      reason.code === "Fenced" || (this.#critical === 0 && (reason.code !== "Cancelled" || this.#deliveries === 0));
    if (mayAbort) this.#controller.abort(reason);
  }
}
