/** Functions on dates: accessors, distances and business days. */
import { fail } from "../context.ts";
import { parseZone, type Zone } from "../time-zone.ts";
import { type Code, isInvalid, type Node } from "../typed.ts";
import { BOOL, DATE, INT } from "../value-type.ts";
import {
  type Call,
  type Callable,
  checkArguments,
  invalidCall,
  literalArgument,
  operation,
  simple,
  wrongArgument,
} from "./callable.ts";

/** JavaScript of the part of a wall clock, and of a duration where it has one. */
interface Accessor {
  readonly name: string;
  readonly of: (cell: string) => string;
  /** Only of timestamps and durations. */
  readonly time?: boolean;
  readonly ofDuration?: (duration: string) => string;
}

/** Accessors of standard CEL; its months and days count from 0, getDate from 1. */
const ACCESSORS: readonly Accessor[] = [
  { name: "getFullYear", of: (a) => `(+${a}.slice(0,4))` },
  { name: "getMonth", of: (a) => `(${a}.slice(5,7)-1)` },
  { name: "getDayOfMonth", of: (a) => `(${a}.slice(8,10)-1)` },
  { name: "getDate", of: (a) => `(+${a}.slice(8,10))` },
  { name: "getDayOfWeek", of: (a) => `dayOfWeek(${a})` },
  { name: "getDayOfYear", of: (a) => `dayOfYear(${a})` },
  { name: "getHours", time: true, of: (a) => `(+${a}.slice(11,13))`, ofDuration: (a) => `unitsOf(${a},3600000000000)` },
  { name: "getMinutes", time: true, of: (a) => `(+${a}.slice(14,16))`, ofDuration: (a) => `unitsOf(${a},60000000000)` },
  { name: "getSeconds", time: true, of: (a) => `(+${a}.slice(17,19))`, ofDuration: (a) => `unitsOf(${a},1000000000)` },
  {
    name: "getMilliseconds",
    time: true,
    of: (a) => `millisecondsOf(${a})`,
    ofDuration: (a) => `unitsOf(${a},1000000,1000)`,
  },
];

/** All functions on dates. */
export const DATE_FUNCTIONS: readonly Callable[] = [
  ...ACCESSORS.map(
    (accessor): Callable => ({
      name: accessor.name,
      form: "method",
      usage: `${accessor.time ? "timestamp" : "date"}.${accessor.name}()`,
      count: [1, 2],
      check: (call) => checkAccessor(call, accessor),
    }),
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
  {
    name: "isBusinessDay",
    form: "function",
    usage: 'isBusinessDay(date, "weekdays")',
    count: [2, 2],
    check: checkBusinessDay,
  },
];

function checkAccessor(call: Call, accessor: Accessor): Node {
  const [value, zoneNode] = checkArguments(call, []);
  if (!value || isInvalid(value)) return invalidCall(call.syntax);
  if (value.type.kind === "duration" && accessor.ofDuration && !zoneNode)
    return operation(call, [value], { type: INT, code: ([a = ""]) => accessor.ofDuration?.(a) ?? a });
  if (value.type.kind === "date" && !accessor.time && !zoneNode)
    return operation(call, [value], { type: INT, code: ([a = ""]) => accessor.of(a) });
  if (value.type.kind !== "timestamp")
    return wrongArgument(call, value, accessor.time || zoneNode ? "timestamp" : "date or timestamp");
  if (!zoneNode) return operation(call, [value], { type: INT, code: ([a = ""]) => accessor.of(a) });
  const zone = literalZone(call, zoneNode);
  return zone ? zoned(call, value, { accessor, zone }) : invalidCall(call.syntax);
}

function literalZone(call: Call, node: Node): Zone | undefined {
  const text = literalArgument(call, node, (value) => typeof value === "string", 'a time zone such as "Europe/Berlin"');
  if (typeof text !== "string") return undefined;
  const zone = parseZone(text);
  if (!zone) {
    const hint = 'use "UTC", an offset such as "+02:00", or an IANA name such as "Europe/Berlin"';
    call.context.reporter.error(node.span, { code: "BadConstant", message: "this is no time zone", hint });
  }
  return zone;
}

function zoned(
  call: Call,
  value: Node,
  { accessor, zone }: { readonly accessor: Accessor; readonly zone: Zone },
): Node {
  const code: Code =
    "offset" in zone ? ([a]) => `atOffset(${a},${zone.offset})` : ([a]) => `atZone(${a},${JSON.stringify(zone.name)})`;
  const failure = "the time leaves the years 0001 to 9999";
  const clock = operation(call, [value], { type: value.type, code, failure });
  return operation(call, [clock], { type: INT, code: ([a = ""]) => accessor.of(a) });
}

/** Calendars by name; those with holidays come with the resource that holds them. */
const CALENDARS: ReadonlyMap<string, Code> = new Map([["weekdays", ([a]) => `isWeekday(${a})`]]);

function checkBusinessDay(call: Call): Node {
  const [day, calendarNode] = checkArguments(call, ["date", "string"]);
  if (!day || !calendarNode) return invalidCall(call.syntax);
  const calendar = literalArgument(call, calendarNode, (value) => typeof value === "string", "a calendar");
  if (typeof calendar !== "string" || isInvalid(day)) return invalidCall(call.syntax);
  const code = CALENDARS.get(calendar);
  if (code) return operation(call, [day], { type: BOOL, code });
  return fail(call.context, calendarNode.span, {
    code: "NotAvailableYet",
    message: "this calendar is not available yet",
    hint: `known are ${[...CALENDARS.keys()].map((name) => `"${name}"`).join(", ")}`,
  });
}
