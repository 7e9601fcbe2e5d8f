/** Holds the check to what it says about bad definitions: where, what and what to do. The operator and `openreg lint` show the same words. */
import { describe, expect, test } from "vitest";
import { badDefinitions } from "./bad-definitions.fixture.ts";
import { checkDefinition } from "./check-definition.ts";
import { wideDefinition, wideParts } from "./wide-report.fixture.ts";

describe("bad definitions", () => {
  test("are forty and more", () => expect(Object.keys(badDefinitions).length).toBeGreaterThanOrEqual(40));

  test("the good one has no remark", () => expect(checkDefinition(wideDefinition(), wideParts)).toEqual([]));

  test.each(Object.entries(badDefinitions))("%s", (_sentence, { change, sources, parts = wideParts, path, says }) => {
    const errors = checkDefinition(wideDefinition(change, sources), parts).filter(
      ({ severity }) => severity === "Error",
    );
    const shown = errors.map((one) => `${one.path} ${one.line}:${one.column} ${one.message} (${one.hint ?? ""})`);
    expect(shown).toContain(`${path} ${says}`);
  });

  test.each(Object.entries(badDefinitions))(
    "%s brings no more than it must",
    (_sentence, { change, sources, parts = wideParts }) => {
      const found = checkDefinition(wideDefinition(change, sources), parts);
      expect(found.filter(({ severity }) => severity === "Error").length).toBeLessThanOrEqual(2);
      expect(found.every(({ hint }) => hint)).toBe(true);
    },
  );
});
