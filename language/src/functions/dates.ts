/** Functions on dates and timestamps; fields of a timestamp are those in UTC. */
import { DATE, INT } from "../value-type.ts";
import { type Callable, simple } from "./callable.ts";

/** Accessors of standard CEL, as [name, JavaScript of operand a]; months and days of CEL count from 0, getDate from 1. */
const ACCESSORS: readonly (readonly [string, (a: string | undefined) => string])[] = [
  ["getFullYear", (a) => `(+${a}.slice(0,4))`],
  ["getMonth", (a) => `(${a}.slice(5,7)-1)`],
  ["getDayOfMonth", (a) => `(${a}.slice(8,10)-1)`],
  ["getDate", (a) => `(+${a}.slice(8,10))`],
  ["getDayOfWeek", (a) => `dayOfWeek(${a})`],
  ["getDayOfYear", (a) => `dayOfYear(${a})`],
];

/** All functions on dates. */
export const DATE_FUNCTIONS: readonly Callable[] = [
  ...ACCESSORS.map(([name, code]) =>
    simple({ name, form: "method", usage: `date.${name}()`, wanted: ["day"], type: INT, code: ([a]) => code(a) }),
  ),
  simple({
    name: "daysBetween",
    form: "function",
    usage: "daysBetween(from, until)",
    wanted: ["date", "date"],
    type: INT,
    code: ([a, b]) => `(dayNumber(${b})-dayNumber(${a}))`,
  }),
  simple({
    name: "addDays",
    form: "function",
    usage: "addDays(date, days)",
    wanted: ["date", "int"],
    type: DATE,
    code: ([a, b]) => `addDays(${a},${b})`,
    failure: "the date leaves the years 0001 to 9999",
  }),
];
