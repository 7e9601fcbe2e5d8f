/** All functions of the language by name; a Map, because the names in expressions are the users'. */
import type { Callable } from "./callable.ts";
import { CODE_FUNCTIONS } from "./codes.ts";
import { CONVERSIONS } from "./conversions.ts";
import { DATE_FUNCTIONS } from "./dates.ts";
import { LOGIC_FUNCTIONS } from "./logic.ts";
import { MACROS } from "./macros.ts";
import { NUMBER_FUNCTIONS } from "./numbers.ts";
import { TEXT_FUNCTIONS } from "./text.ts";
import { TIME_CONVERSIONS } from "./times.ts";

/** Every function and method. */
export const FUNCTIONS: ReadonlyMap<string, Callable> = new Map(
  [
    ...LOGIC_FUNCTIONS,
    ...MACROS,
    ...TEXT_FUNCTIONS,
    ...NUMBER_FUNCTIONS,
    ...DATE_FUNCTIONS,
    ...CONVERSIONS,
    ...TIME_CONVERSIONS,
    ...CODE_FUNCTIONS,
  ].map((callable) => [callable.name, callable]),
);

/** Functions of CEL and of other languages that are not here, with what is said about them. */
export const REFUSED_FUNCTIONS: ReadonlyMap<string, { readonly hint?: string }> = new Map<string, { hint?: string }>([
  ["lookup", { hint: "declare it in spec.fields and read row.<lookup>.<field>" }],
  ["double", { hint: "decimals are exact: use decimal(x, scale)" }],
  ["uint", { hint: "use int(x)" }],
  ["bytes", {}],
  ["format", { hint: "join texts with +, or use a template" }],
  ["quote", { hint: "use replace" }],
  ["dyn", { hint: "every value has one type" }],
  ["type", { hint: "every value has one type" }],
  ["bind", { hint: "compute the value in a field" }],
  ["now", { hint: "use run.createdAt, so that a repeated run gives the same result" }],
  ["today", { hint: "use run.businessDate" }],
  ["ceil", { hint: 'use round(x, 0, "CEILING")' }],
  ["floor", { hint: 'use round(x, 0, "FLOOR")' }],
  ["upper", { hint: "use x.upperAscii()" }],
  ["lower", { hint: "use x.lowerAscii()" }],
  ["toUpperCase", { hint: "use x.upperAscii()" }],
  ["toLowerCase", { hint: "use x.lowerAscii()" }],
  ["length", { hint: "use size(x)" }],
  ["len", { hint: "use size(x)" }],
  ["includes", { hint: "use x.contains(y)" }],
]);
