/** Says which errors of an output wait for the rules. */
import { expect, test } from "vitest";
import { DataPath, type DataPathParts } from "./data-path.ts";
import { StepError } from "./errors.ts";

const passOf = (error: StepError): DataPath =>
  new DataPath({
    passes: [],
    totals: { findings: () => [] },
    outputs: [
      {
        output: { whenEmpty: "Publish" },
        files: { records: 0, begin: async () => {}, end: () => Promise.reject(error) },
      },
    ],
    signal: new AbortController().signal,
  } as unknown as DataPathParts);

test.each(["OutputValueInvalid", "DocumentInvalid", "TooManyParts"] as const)(
  "%s is an error of the step that makes the files, which the rules may forestall",
  async (code) => {
    const error = new StepError(code, "it cannot be written");
    const path = passOf(error);
    await path.run();
    expect(path.refused).toBe(error);
  },
);

test("any other error ends the pass at once", async () => {
  const error = new StepError("StoreUnavailable", "the volume is full");
  await expect(passOf(error).run()).rejects.toBe(error);
});
