/** Owns how the parameters of a run are made from what the Report declares and the run names. */
import { parseColumnType } from "./column-type.ts";
import { dateProblem } from "./run-calendar.ts";

/** A declared parameter. */
export interface ParameterDeclaration {
  readonly name: string;
  readonly type: string;
  readonly default?: string | undefined;
  readonly required?: boolean | undefined;
}

/** The parameters of a run, or why there are none. */
export type ResolvedParameters =
  | { readonly kind: "Values"; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: "Problem"; readonly message: string };

/** Puts together the values of a run's parameters: what it names, else the default, each in the canonical text of its type. Says what is missing, unknown or not of its type. */
export function resolveParameters(
  declared: readonly ParameterDeclaration[],
  given: Readonly<Record<string, string>>,
): ResolvedParameters {
  const unknown = Object.keys(given).find((name) => !declared.some((one) => one.name === name));
  if (unknown !== undefined)
    return problem(`parameter '${unknown}' is not declared by the Report; declared: ${namesOf(declared)}`);
  const values: [string, string][] = [];
  for (const one of declared) {
    const value = Object.hasOwn(given, one.name) ? given[one.name] : one.default;
    if (value === undefined && one.required)
      return problem(`parameter '${one.name}' is required: set spec.parameters.${one.name} of the run`);
    if (value === undefined) continue;
    const wrong = valueProblem(one.type, value);
    if (wrong) return problem(`parameter '${one.name}' is declared as ${one.type}, but ${wrong}`);
    values.push([one.name, canonicalText(one.type, value)]);
  }
  return { kind: "Values", values: Object.fromEntries(values) };
}

/** Says why a text is no value of a column type, or undefined when it is one. */
export function valueProblem(type: string, value: string): string | undefined {
  const parsed = parseColumnType(type);
  const shown = JSON.stringify(value);
  switch (parsed.kind) {
    case "String":
      return undefined;
    case "Integer":
      return /^-?\d{1,19}$/.test(value) ? undefined : `${shown} is not a whole number`;
    case "Decimal":
      return decimalProblem(value, parsed.precision, parsed.scale);
    case "Boolean":
      return value === "true" || value === "false" ? undefined : `${shown} is neither true nor false`;
    case "Date":
      return /^\d{4}-\d{2}-\d{2}$/.test(value) ? dateProblem(value) : `${shown} is not a date YYYY-MM-DD`;
    case "Timestamp":
      return timestampProblem(value, parsed.digits);
  }
}

/** One text per value, since values are compared and hashed as texts: 01 and 1 are one filing. */
function canonicalText(type: string, value: string): string {
  const parsed = parseColumnType(type);
  switch (parsed.kind) {
    case "Integer":
      return decimalText(value, 0);
    case "Decimal":
      return decimalText(value, parsed.scale);
    case "Timestamp":
      return value.replace(/\.?0*Z$/, (tail) => (value.includes(".") ? "Z" : tail));
    case "String":
    case "Boolean":
    case "Date":
      return value;
  }
}

function decimalText(value: string, scale: number): string {
  const [whole = "", fraction = ""] = value.replace("-", "").split(".");
  const point = scale > 0 ? "." : "";
  const digits = `${whole.replace(/^0+(?=\d)/, "")}${point}${fraction.padEnd(scale, "0")}`;
  return value.startsWith("-") && /[1-9]/.test(digits) ? `-${digits}` : digits;
}

function decimalProblem(value: string, precision: number, scale: number): string | undefined {
  const match = /^-?(\d+)(?:\.(\d+))?$/.exec(value);
  if (!match) return `${JSON.stringify(value)} is not a decimal number`;
  if ((match[2] ?? "").length > scale) return `${value} has more than ${scale} fraction digits`;
  return (match[1] ?? "").replace(/^0+/, "").length > precision - scale
    ? `${value} has more than ${precision - scale} digits before the point`
    : undefined;
}

const timestampShape = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.(\d{1,9}))?Z$/;

function timestampProblem(value: string, digits: number): string | undefined {
  const [, date = "", , fraction = ""] = timestampShape.exec(value) ?? [];
  if (date === "") return `${JSON.stringify(value)} is not a time in UTC such as 2026-04-01T18:00:00Z`;
  if (fraction.replace(/0+$/, "").length > digits) return `${value} has more than ${digits} digits of a second`;
  return dateProblem(date);
}

function problem(message: string): ResolvedParameters {
  return { kind: "Problem", message };
}

function namesOf(declared: readonly ParameterDeclaration[]): string {
  return declared.length === 0 ? "none" : declared.map((one) => one.name).join(", ");
}
