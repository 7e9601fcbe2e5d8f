/** Proves that a file name is refused before anything is handed over, by the pattern that was checked. */
import { newRunValues } from "@openreg/language";
import { expect, test } from "vitest";
import type { RunContext } from "./context.ts";
import { fileNameOf } from "./file-name.ts";

const output = { name: "file", fileName: "TRADES_1.csv" } as unknown as RunContext["definition"]["outputs"][number];
const part = { number: 1, records: 1, sequence: "" };

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
  expect(fileNameOf(contextWith("[A-Z]+_[0-9]\\.csv"), output, part)).toBe("TRADES_1.csv");
});

const refused: Record<string, { pattern: string; says: RegExp }> = {
  "a name that matches in part": { pattern: "[A-Z]+", says: /does not match fileNamePattern of Destination regulator/ },
  "any name where the pattern is wrong": { pattern: "[A-Z", says: /of Destination regulator cannot be used/ },
};

test.each(Object.entries(refused))("refuses %s", (_sentence, { pattern, says }) => {
  const refusal = { code: "FileNameRefused", message: expect.stringMatching(says) };
  expect(() => fileNameOf(contextWith(pattern), output, part)).toThrow(expect.objectContaining(refusal));
});
