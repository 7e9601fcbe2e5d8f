/** Says which CEL each mark becomes. */
import { describe, expect, test } from "vitest";
import { celName, ruleOfKeys, ruleOfMark } from "./marks.ts";

describe("the rule of a mark", () => {
  test("immutable compares presence first, so that removing does not bypass it", () => {
    expect(ruleOfMark("immutable", "mode", "Destination")).toEqual({
      rule: "has(self.mode) == has(oldSelf.mode) && (!has(self.mode) || self.mode == oldSelf.mode)",
      message: "mode cannot be changed: create a new Destination",
      fieldPath: ".mode",
      reason: "FieldValueForbidden",
    });
  });

  test("setOnce holds from the first value on", () => {
    expect(ruleOfMark("setOnce", "ref", "Thing").rule).toBe(
      "!has(oldSelf.ref) || (has(self.ref) && self.ref == oldSelf.ref)",
    );
  });

  test("oneWay only goes on", () => {
    expect(ruleOfMark("oneWay", "cancel", "ReportRun").rule).toBe(
      "!has(oldSelf.cancel) || !oldSelf.cancel || (has(self.cancel) && self.cancel)",
    );
  });

  test("reserved refuses the field by its name", () => {
    expect(ruleOfMark("reserved", "package", "Report")).toMatchObject({
      rule: "!has(self.__package__)",
      message: "package is not available yet",
      fieldPath: ".package",
    });
  });
});

test("words of CEL are written as the API server renames them", () => {
  expect(["package", "in", "namespace", "run"].map(celName)).toEqual(["__package__", "__in__", "__namespace__", "run"]);
});

test("keys without bounds have no rule, keys with a pattern match it", () => {
  expect(ruleOfKeys({})).toBeUndefined();
  expect(ruleOfKeys({ maxLength: 5, pattern: "^[a-z]+$" })).toEqual({
    rule: 'self.all(key, key.size() <= 5 && key.matches("^[a-z]+$"))',
    message: "keys have 0 to 5 characters and match ^[a-z]+$",
  });
});
