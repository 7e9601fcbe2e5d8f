import { expect, test } from "vitest";
import { type Part, wantedParts } from "./part.ts";

const part = (name: string, section: Part["section"]): Part => ({
  ...{ name, section },
  run: async () => ({ measures: [], facts: {} }),
});
const parts = [part("fetch", "data-path"), part("csv", "data-path"), part("runs", "cluster")];

const lists: Record<string, { only: string | undefined; expected: readonly string[] }> = {
  "nothing names all": { only: undefined, expected: ["fetch", "csv", "runs"] },
  "a section names its parts": { only: "data-path", expected: ["fetch", "csv"] },
  "parts come in their own order": { only: "runs,fetch", expected: ["fetch", "runs"] },
};

test.each(Object.entries(lists))("%s", (_sentence, { only, expected }) => {
  expect(wantedParts(parts, only).map(({ name }) => name)).toEqual(expected);
});

test("a name that is neither part nor section is refused with the names there are", () => {
  expect(() => wantedParts(parts, "fetch,fech")).toThrow(
    "there is no part 'fech': --only takes, with commas between them, data-path, fetch, csv, cluster, runs",
  );
});
