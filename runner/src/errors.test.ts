/** Proves what an error tells the operator by its exit code, and a person by its message. */
import { expect, test } from "vitest";
import { asStepError, causedBy, codeOf, exitCodeOf, messageOf, StepError, shortened } from "./errors.ts";

const exits: Record<string, { error: StepError; code: number }> = {
  "what another attempt can help": { error: new StepError("SourceUnavailable", "x"), code: 11 },
  "what a person must change": { error: new StepError("SourceQueryFailed", "x"), code: 10 },
  "a grace period that is over": { error: new StepError("SecretNotFound", "x", { retryable: false }), code: 10 },
  "the loss of the attempt": { error: new StepError("Fenced", "x"), code: 12 },
  "a cancel": { error: new StepError("Cancelled", "x"), code: 13 },
  "what nobody expected": { error: asStepError(new TypeError("x is not a function")), code: 11 },
};
test.each(Object.entries(exits))("%s has its exit code", (_sentence, { error, code }) =>
  expect(exitCodeOf(error)).toBe(code),
);

test("keeps the cause, and a StepError as it is", () => {
  const cause = new Error("below");
  const error = causedBy(cause, "StoreUnavailable", "above");
  expect(error.cause).toBe(cause);
  expect(asStepError(error)).toBe(error);
  expect(asStepError(cause)).toMatchObject({ code: "InternalError", cause });
});

test("tells several refused addresses by the first", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED ::1:5432"), { code: "ECONNREFUSED" });
  const all = new AggregateError([refused, refused], "");
  expect(messageOf(all)).toBe("connect ECONNREFUSED ::1:5432");
  expect(codeOf(all)).toBe("ECONNREFUSED");
  expect(messageOf(Object.assign(new Error(""), { code: "ETIMEDOUT" }))).toBe("ETIMEDOUT");
});

test("makes one line of a text and cuts it", () => {
  expect(shortened(" a\n  b\tc ", 100)).toBe("a b c");
  expect(shortened("abcdef", 4)).toBe("abc…");
});
