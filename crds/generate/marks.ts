/** Owns how the marks of fields become CEL rules on their parent, where removing a field first bypasses nothing. */
import type { FieldMark } from "../src/v1alpha1/schema.ts";
import type { KeyBounds, Validation } from "./schema-node.ts";

/** Words of CEL that the API server renames in paths. */
const celWords = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** A field as CEL reaches it. */
export function celName(field: string): string {
  return celWords.has(field) ? `__${field}__` : field;
}

/** The CEL rule of a marked field, for the `x-kubernetes-validations` of its parent. `kind` is the kind the field belongs to. */
export function ruleOfMark(mark: FieldMark, field: string, kind: string): Validation {
  const now = `self.${celName(field)}`;
  const before = `oldSelf.${celName(field)}`;
  const refused = { fieldPath: `.${field}`, reason: "FieldValueForbidden" } as const;
  switch (mark) {
    case "immutable":
      return {
        rule: `has(${now}) == has(${before}) && (!has(${now}) || ${now} == ${before})`,
        message: `${field} cannot be changed: create a new ${kind}`,
        ...refused,
      };
    case "setOnce":
      return {
        rule: `!has(${before}) || (has(${now}) && ${now} == ${before})`,
        message: `${field} cannot be changed once it is set`,
        ...refused,
      };
    case "oneWay":
      return {
        rule: `!has(${before}) || !${before} || (has(${now}) && ${now})`,
        message: `${field} cannot be taken back once it is true`,
        ...refused,
      };
    case "reserved":
      return { rule: `!has(${now})`, message: `${field} is not available yet`, ...refused };
  }
}

/** The CEL rule of the keys of a map, or none when they are unbounded. */
export function ruleOfKeys(keys: KeyBounds): Validation | undefined {
  const { minLength = 0, maxLength, pattern } = keys;
  const parts = [
    ...(minLength > 0 ? [`key.size() >= ${minLength}`] : []),
    ...(maxLength === undefined ? [] : [`key.size() <= ${maxLength}`]),
    ...(pattern === undefined ? [] : [`key.matches(${JSON.stringify(pattern)})`]),
  ];
  if (parts.length === 0) return;
  const bounds = maxLength === undefined ? `at least ${minLength}` : `${minLength} to ${maxLength}`;
  const form = pattern === undefined ? "" : ` and match ${pattern}`;
  return { rule: `self.all(key, ${parts.join(" && ")})`, message: `keys have ${bounds} characters${form}` };
}
