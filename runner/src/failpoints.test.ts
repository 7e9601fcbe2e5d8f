/** Proves that a failpoint acts only where a test asks for it. What it does there is proven by the tests that kill runners. */
import { expect, test } from "vitest";
import { type FailpointName, failpoints, newFailpoint } from "./failpoints.ts";

const untouched: Readonly<Record<string, string>> = {
  "nothing is asked for": "",
  "another attempt is meant": "hold:claim.before@run-1,kill:outcome.after@run-1",
  "another run is meant": "kill:claim.before@other-2",
};

test.each(Object.entries(untouched))("passes every place when %s", async (_when, text) => {
  const failpoint = newFailpoint(text, "run-2");
  for (const name of failpoints) await expect(failpoint(name)).resolves.toBeUndefined();
});

test.each(["hold:claim.before", "hold:claim.before@run-2", "kill:met.after@other-1,hold:claim.before@run-2"])(
  "%s holds there and nowhere else",
  async (text) => {
    const failpoint = newFailpoint(text, "run-2");
    const first = (name: FailpointName) => Promise.race([failpoint(name).then(() => "passed"), nextTurn()]);
    await expect(first("claim.after")).resolves.toBe("passed");
    await expect(first("claim.before")).resolves.toBe("held");
  },
);

test.each(["hold", "hold:", "hold:nowhere", "wait:claim.before", "hold:claim.before@"])("refuses '%s'", (text) => {
  expect(() => newFailpoint(text, "run-1")).toThrow(
    /is not a failpoint: write kill:<name>, hold:<name> or pause:<name>/,
  );
});

function nextTurn(): Promise<string> {
  return new Promise((resolve) => setImmediate(() => resolve("held")));
}
