/** All functions of the language by name; a Map, because the names in expressions are the users'. */
import type { Callable } from "./callable.ts";
import { CODE_FUNCTIONS } from "./codes.ts";
import { CONVERSIONS } from "./conversions.ts";
import { DATE_FUNCTIONS } from "./dates.ts";
import { LOGIC_FUNCTIONS } from "./logic.ts";
import { NUMBER_FUNCTIONS } from "./numbers.ts";
import { TEXT_FUNCTIONS } from "./text.ts";

/** Every function and method. */
export const FUNCTIONS: ReadonlyMap<string, Callable> = new Map(
  [
    ...LOGIC_FUNCTIONS,
    ...TEXT_FUNCTIONS,
    ...NUMBER_FUNCTIONS,
    ...DATE_FUNCTIONS,
    ...CONVERSIONS,
    ...CODE_FUNCTIONS,
  ].map((callable) => [callable.name, callable]),
);

/** Functions of CEL or of later versions, with what is said about them. */
export const REFUSED_FUNCTIONS: ReadonlyMap<
  string,
  { readonly code: "NotAvailableYet" | "NotSupported"; readonly hint?: string }
> = new Map([
  ["isBusinessDay", { code: "NotAvailableYet" }],
  ["duration", { code: "NotAvailableYet" }],
  ["getHours", { code: "NotAvailableYet" }],
  ["getMinutes", { code: "NotAvailableYet" }],
  ["getSeconds", { code: "NotAvailableYet" }],
  ["getMilliseconds", { code: "NotAvailableYet" }],
  ["exists_one", { code: "NotAvailableYet" }],
  ["map", { code: "NotAvailableYet" }],
  ["filter", { code: "NotAvailableYet" }],
  ["split", { code: "NotAvailableYet" }],
  ["join", { code: "NotAvailableYet" }],
  ["lookup", { code: "NotAvailableYet" }],
  ["double", { code: "NotSupported", hint: "decimals are exact: use decimal(x, scale)" }],
  ["uint", { code: "NotSupported", hint: "use int(x)" }],
  ["bytes", { code: "NotSupported" }],
  ["dyn", { code: "NotSupported", hint: "every value has one type" }],
  ["type", { code: "NotSupported", hint: "every value has one type" }],
  ["bind", { code: "NotSupported", hint: "compute the value in a field" }],
  ["now", { code: "NotSupported", hint: "use run.createdAt, so that a repeated run gives the same result" }],
  ["today", { code: "NotSupported", hint: "use run.businessDate" }],
  ["ceil", { code: "NotSupported", hint: 'use round(x, 0, "CEILING")' }],
  ["floor", { code: "NotSupported", hint: 'use round(x, 0, "FLOOR")' }],
  ["upper", { code: "NotSupported", hint: "use x.upperAscii()" }],
  ["lower", { code: "NotSupported", hint: "use x.lowerAscii()" }],
  ["toUpperCase", { code: "NotSupported", hint: "use x.upperAscii()" }],
  ["toLowerCase", { code: "NotSupported", hint: "use x.lowerAscii()" }],
  ["length", { code: "NotSupported", hint: "use size(x)" }],
  ["len", { code: "NotSupported", hint: "use size(x)" }],
  ["includes", { code: "NotSupported", hint: "use x.contains(y)" }],
]);
