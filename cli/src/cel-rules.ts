/** Owns how the CEL rules of our kinds are asked without a cluster: the API server asks the same rules of the same schema. */
import { Environment } from "@marcbachmann/cel-js";

type Rule = ReturnType<Environment["parse"]>;

const environment = new Environment({ unlistedVariablesAreDyn: true });
const parsed = new Map<string, Rule>();

/** Says whether a value meets a rule. Throws for a value that the rule was not written for: its schema refuses that value already. */
export function meetsRule(rule: string, self: unknown): boolean {
  const program = parsed.get(rule) ?? environment.parse(rule);
  parsed.set(rule, program);
  return program({ self: asCel(self) }) === true;
}

/** Rules that look back at the object before a change; there is none here. */
export function looksBack(rule: string): boolean {
  return /\boldSelf\b/.test(rule);
}

/** Integers of a schema are int in CEL, and objects are maps whose members are only their own. */
function asCel(value: unknown): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(asCel);
  if (typeof value !== "object" || value === null) return value;
  return new Map(Object.entries(value).map(([name, member]) => [name, asCel(member)]));
}
