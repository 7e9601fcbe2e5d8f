/** Proves what each reason to stop may cut short. */
import { expect, test } from "vitest";
import { StepError } from "./errors.ts";
import { Interruption } from "./interruption.ts";

const reason = (code: ConstructorParameters<typeof StepError>[0]): StepError => new StepError(code, code);

test("cancel stops at once before the first delivery, and nothing in flight after it", () => {
  const early = new Interruption();
  early.request(reason("Cancelled"));
  expect(early.signal.aborted).toBe(true);
  const late = new Interruption();
  late.beginDelivery();
  late.request(reason("Cancelled"));
  expect(late.signal.aborted).toBe(false);
  expect(() => late.throwIfStopping()).toThrow("Cancelled");
});

test.each(["Interrupted", "DeadlineExceeded"] as const)("%s waits for a receipt and then stops", (code) => {
  const interruption = new Interruption();
  interruption.beginDelivery();
  const end = interruption.beginCritical();
  interruption.request(reason(code));
  expect(interruption.signal.aborted).toBe(false);
  end();
  end();
  expect(interruption.signal.reason).toMatchObject({ code });
});

test("the loss of the attempt overrides everything", () => {
  const interruption = new Interruption();
  interruption.beginCritical();
  interruption.request(reason("Interrupted"));
  interruption.request(reason("Fenced"));
  expect(interruption.signal.reason).toMatchObject({ code: "Fenced" });
});
