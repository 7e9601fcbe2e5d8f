/** Owns how a failure stands on the entry of a delivery, and how it is read again in a later attempt. */
import { isFailureCode } from "@openreg/crds";
import { StepError } from "./errors.ts";
import type { DeliveryEntry } from "./execution.ts";

/** Notes it. A delivery stays InFlight when nobody knows whether the file is there: the receiver is asked before the run ends. */
export function noteFailure(entry: DeliveryEntry, error: StepError): void {
  entry.lastError = `${error.code}: ${error.message}`;
  if (error.code === "DeliveryConflict") entry.state = "Conflict";
  else if (!error.retryable && entry.state !== "InFlight") entry.state = "Failed";
}

/** What ended a delivery for good; undefined while it may go on, and where nothing says what it was. */
export function finalFailureOf(entry: DeliveryEntry | undefined): StepError | undefined {
  if (entry?.state !== "Failed" && entry?.state !== "Conflict") return undefined;
  const [code = "", ...message] = entry.lastError?.split(": ") ?? [];
  return isFailureCode(code) ? new StepError(code, message.join(": ")) : undefined;
}
