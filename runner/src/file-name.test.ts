/** Proves that a file name is refused before anything is handed over, by the pattern that was checked. */
import { newRunValues } from "@openreg/language";
import { expect, test } from "vitest";
import type { RunContext } from "./context.ts";
import type { PreparedOutput } from "./data-path.ts";
import { fileNameOf } from "./file-name.ts";

const prepared = { output: { name: "file", fileName: "TRADES_1.csv" }, records: 1 } as unknown as PreparedOutput;

const run = {
  timeZone: "Europe/Berlin",
  businessDate: "2026-04-01",
  createdAt: "2026-04-01T18:00:00Z",
  mode: "Live",
} as const;

function contextWith(fileNamePattern: string): RunContext {
  const destinations = [{ name: "regulator", mode: "Live", delivery: { fileNamePattern } }];
  const deliverTo = [{ destination: "regulator", outputs: ["file"] }];
  const context = {
    definition: { parameters: [], destinations, deliverTo },
    plan: { run: { mode: "Live" } },
    deliver: true,
    values: newRunValues({ ...run, report: "trades", series: "trades", parameters: {} }),
  };
  return context as unknown as RunContext;
}

test("takes a name that matches the receiver's pattern as a whole", () => {
  expect(fileNameOf(contextWith("[A-Z]+_[0-9]\\.csv"), prepared)).toBe("TRADES_1.csv");
});

const refused: Record<string, { pattern: string; says: RegExp }> = {
  "a name that matches in part": { pattern: "[A-Z]+", says: /does not match fileNamePattern of Destination regulator/ },
  "any name where the pattern is wrong": { pattern: "[A-Z", says: /of Destination regulator cannot be used/ },
  "any name where the pattern could take without end": {
    pattern: "([A-Z]+)+_x",
    says: /cannot be used.*not available/,
  },
};

test.each(Object.entries(refused))("refuses %s", (_sentence, { pattern, says }) => {
  const refusal = { code: "FileNameRefused", message: expect.stringMatching(says) };
  expect(() => fileNameOf(contextWith(pattern), prepared)).toThrow(expect.objectContaining(refusal));
});
