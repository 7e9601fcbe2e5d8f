/** Every function of the language: what it gives, and what it refuses. */
import { expect, test } from "vitest";
import { FUNCTIONS, REFUSED_FUNCTIONS } from "./functions/table.ts";
import { type Cells, resultOf } from "./outcome.fixture.ts";

type Case = readonly [expression: string, expected: string, cells?: Cells];

const cases: Record<string, Case> = {
  "size counts characters": ["size(row.text)", "5"],
  "size as a method": ["row.text.size()", "5"],
  "size counts a character of two units once": ["size(row.text)", "2", { text: "\u{1f600}x" }],
  startsWith: ['row.text.startsWith("he")', "true"],
  endsWith: ['row.text.endsWith("he")', "false"],
  contains: ['row.text.contains("ell")', "true"],
  trim: ["row.text.trim()", "a b", { text: "\t\u00a0 a b \u3000\n" }],
  "trim leaves a byte order mark": ["size(row.text.trim())", "1", { text: "\ufeff" }],
  "upperAscii leaves other letters": ["row.text.upperAscii()", "ABC\u00e9\u00df", { text: "abc\u00e9\u00df" }],
  lowerAscii: ["row.text.lowerAscii()", "abc\u00c9", { text: "ABC\u00c9" }],
  "substring to the end": ["row.text.substring(1)", "ello"],
  "substring between two positions": ["row.text.substring(1, 3)", "el"],
  "substring counts characters of two units once": ["row.text.substring(1, 2)", "b", { text: "\u{1f600}bc" }],
  "substring outside of the text is an error": [
    "row.text.substring(2, 9)",
    "undecided: a position outside of the text at 1:10",
  ],
  "substring that ends before it begins is an error": [
    "row.text.substring(3, 2)",
    "undecided: a position outside of the text at 1:10",
  ],
  "substring from a negative position is an error": [
    "row.text.substring(-1)",
    "undecided: a position outside of the text at 1:10",
  ],
  indexOf: ['row.text.indexOf("l")', "2"],
  "indexOf from a position": ['row.text.indexOf("l", 3)', "3"],
  "indexOf of what is not there": ['row.text.indexOf("x")', "-1"],
  "indexOf counts characters of two units once": ['row.text.indexOf("b")', "1", { text: "\u{1f600}b" }],
  "indexOf outside of the text is an error": [
    'row.text.indexOf("l", 9)',
    "undecided: a position outside of the text at 1:10",
  ],
  "replace all": ['row.text.replace("l", "L")', "heLLo"],
  "replace takes no patterns and no $": ['row.text.replace(".", "$&")', "a$&b", { text: "a.b" }],
  "replace the first ones": ['row.text.replace("l", "L", 1)', "heLlo"],
  "replace none": ['row.text.replace("l", "L", 0)', "hello"],
  "replace the empty text": ['row.text.replace("", "-", 2)', "-h-ello"],
  "replace the empty text cuts no character of two units": [
    'row.text.replace("", "-")',
    "-\u{1f600}-x-",
    { text: "\u{1f600}x" },
  ],
  "replace the first empty texts cuts no character of two units": [
    'row.text.replace("", "-", 2)',
    "-\u{1f600}-x",
    { text: "\u{1f600}x" },
  ],
  "replace more empty texts than there are": ['row.text.replace("", "-", 9)', "-h-i-", { text: "hi" }],
  matches: ['row.text.matches("^h[a-z]{4}$")', "true"],
  "matches as a function": ['matches(row.text, "l{2}")', "true"],
  "matches needs a literal": [
    "row.text.matches(row.text)",
    "LiteralNeeded 1:18 'matches' needs a pattern here, written out",
  ],
  "string of an int": ["string(row.count)", "7"],
  "string of a decimal": ["string(row.price)", "12.50"],
  "string of a bool": ["string(row.flag)", "true"],
  "string of a date": ["string(row.day)", "2026-03-31"],
  "string of a timestamp": ["string(row.at)", "2026-03-31T23:59:59.500000Z"],
  "int of a text": ["int(row.text)", "-12", { text: "-12" }],
  "int of something else is an error": ["int(row.text)", "undecided: the text is not an int at 1:1"],
  "int of a text beyond 64 bits is an error": [
    "int(row.text)",
    "undecided: the text is not an int at 1:1",
    { text: "9223372036854775808" },
  ],
  "int of a text with a sign of plus is an error": [
    "int(row.text)",
    "undecided: the text is not an int at 1:1",
    { text: "+1" },
  ],
  "int of a decimal without fraction": ["int(row.price)", "12", { price: "12" }],
  "int of a decimal with a fraction is an error": [
    "int(row.price)",
    "undecided: the decimal is not an int, round(x, 0) it first at 1:1",
  ],
  "int of a rounded decimal": ["int(round(row.price, 0))", "13"],
  "int of a decimal beyond 64 bits is an error": [
    "int(row.huge)",
    "undecided: the decimal is not an int, round(x, 0) it first at 1:1",
    { huge: "9999999999999999999999999999" },
  ],
  "int of a huge decimal without fraction": ["int(row.huge)", "9007199254740993", { huge: "9007199254740993" }],
  "int of a date is refused": [
    "int(row.day)",
    "TypeClash 1:5 'int' needs a number, text or timestamp here but has date",
  ],
  "decimal of a literal": ['decimal("0.010")', "0.010"],
  "decimal of a negative literal": ['decimal("-12.5")', "-12.5"],
  "decimal of a wrong literal": [
    'decimal("1e3")',
    'BadConstant 1:9 this text is not a decimal (write it as decimal("0.01"))',
  ],
  "decimal of an int": ["decimal(row.count)", "7"],
  "decimal of an int at a scale": ["decimal(row.count, 3)", "7.000"],
  "decimal of a text needs a scale": [
    "decimal(row.text)",
    "ArgumentCount 1:1 'decimal' of a text needs its fraction digits (write decimal(x, 2))",
  ],
  "decimal of a text": ["decimal(row.text, 2)", "3.10", { text: "3.1" }],
  "decimal of a text with more digits is an error": [
    "decimal(row.text, 2)",
    "undecided: the text is not a decimal of at most 2 fraction digits at 1:1",
    { text: "3.141" },
  ],
  "decimal does not cut digits": [
    "decimal(row.price, 1)",
    "TypeClash 1:1 'decimal' does not cut digits: the value has 2 fraction digits (use round(x, 1))",
  ],
  "date of a literal": ['date("2024-02-29")', "2024-02-29"],
  "date of a wrong literal": [
    'date("2026-02-29")',
    'BadConstant 1:6 this text is not a date (write it as date("2026-01-31"))',
  ],
  "date of a text": ["date(row.text)", "2026-01-31", { text: "2026-01-31" }],
  "date of a wrong text is an error": [
    "date(row.text)",
    "undecided: the text is not a date at 1:1",
    { text: "2026-1-31" },
  ],
  "date of a timestamp is its day in UTC": ["date(row.at)", "2026-03-31"],
  "timestamp of a literal": ['timestamp("2026-01-31T12:00:00.120Z")', "2026-01-31T12:00:00.120Z"],
  "timestamp without a zone is refused": [
    'timestamp("2026-01-31T12:00:00")',
    'BadConstant 1:11 this text is not a timestamp (write it as timestamp("2026-01-31T12:00:00Z"))',
  ],
  "timestamp of a column": [
    "timestamp(row.text)",
    "2026-01-31T10:00:00.500000000Z",
    { text: "2026-01-31T12:00:00.5+02:00" },
  ],
  "timestamp of a column with fewer digits": [
    "timestamp(row.text, 0)",
    "2026-01-31T12:00:00Z",
    { text: "2026-01-31T12:00:00Z" },
  ],
  "timestamp of a column without a zone is an error": [
    "timestamp(row.text)",
    "undecided: the text is no timestamp of 9 digits with its offset at 1:1",
    { text: "2026-01-31T12:00:00" },
  ],
  "timestamp of seconds since 1970": ["timestamp(row.count)", "1970-01-01T00:00:07Z"],
  "timestamp of seconds beyond the calendar is an error": [
    "timestamp(row.count)",
    "undecided: the seconds leave the years 0001 to 9999 at 1:1",
    { count: "999999999999" },
  ],
  "int of a timestamp": ["int(timestamp('1970-01-01T00:01:00Z'))", "60"],
  "duration of a column": ["duration(row.text)", "5400s", { text: "1h30m" }],
  "duration of something else is an error": ["duration(row.text)", "undecided: the text is not a duration at 1:1"],
  "duration that is none": [
    'duration("1 hour")',
    'BadConstant 1:10 this text is not a duration (write it as duration("1h30m"), with h, m, s, ms, us or ns)',
  ],
  "bool of a text": ["bool(row.text)", "true", { text: "True" }],
  "bool of something else is an error": ["bool(row.text)", "undecided: the text is not a bool at 1:1"],
  "string of a duration": ['string(duration("-1.5s"))', "-1.5s"],
  "string of a list is refused": [
    "string(row.flags)",
    "TypeClash 1:8 'string' needs a single value here but has list of string",
  ],
  getHours: ["row.at.getHours()", "23"],
  getMinutes: ["row.at.getMinutes()", "59"],
  getSeconds: ["row.at.getSeconds()", "59"],
  getMilliseconds: ["row.at.getMilliseconds()", "500"],
  "hours of a duration, all of them": ['duration("26h5m").getHours()', "26"],
  "minutes of a duration": ['duration("-90s").getMinutes()', "-1"],
  "milliseconds of a duration within its second": ['duration("1.234s").getMilliseconds()', "234"],
  "hours of a date are refused": ["row.day.getHours()", "TypeClash 1:1 'getHours' needs a timestamp here but has date"],
  "hours in a time zone": ['row.at.getHours("Europe/Berlin")', "1"],
  "day in a time zone": ['row.at.getDate("Europe/Berlin")', "1"],
  "hours in a zone in winter": ['row.at.getHours("Europe/Berlin")', "13", { at: "2026-01-31 12:00:00+00" }],
  "hours at an offset": ['row.at.getHours("-02:30")', "21"],
  "a zone that does not exist": [
    'row.at.getHours("Mars/Base")',
    'BadConstant 1:17 this is no time zone (use "UTC", an offset such as "+02:00", or an IANA name such as "Europe/Berlin")',
  ],
  "a zone that is computed": [
    "row.at.getHours(row.text)",
    "LiteralNeeded 1:17 'getHours' needs a time zone such as \"Europe/Berlin\" here, written out",
  ],
  "isBusinessDay on a weekday": ['isBusinessDay(row.day, "weekdays")', "true"],
  "isBusinessDay on a Saturday": ['isBusinessDay(row.day, "weekdays")', "false", { day: "2026-04-04" }],
  "isBusinessDay on a Sunday": ['isBusinessDay(row.day, "weekdays")', "false", { day: "2026-04-05" }],
  charAt: ["row.text.charAt(1)", "e"],
  "charAt the end": ["row.text.charAt(5)", ""],
  "charAt counts characters of two units once": ["row.text.charAt(1)", "b", { text: "\u{1f600}b" }],
  "charAt outside of the text is an error": ["row.text.charAt(6)", "undecided: a position outside of the text at 1:10"],
  lastIndexOf: ['row.text.lastIndexOf("l")', "3"],
  "lastIndexOf from a position": ['row.text.lastIndexOf("l", 2)', "2"],
  "lastIndexOf of what is not there": ['row.text.lastIndexOf("x")', "-1"],
  "lastIndexOf of nothing": ['row.text.lastIndexOf("")', "5"],
  "lastIndexOf outside of the text is an error": [
    'row.text.lastIndexOf("l", 9)',
    "undecided: a position outside of the text at 1:10",
  ],
  "split and join": ['row.text.split("l").join("-")', "he--o"],
  "split with a limit": ['row.text.split("l", 2).join("-")', "he-lo"],
  "split into characters": ['row.text.split("").join(".")', "h.e.l.l.o"],
  "split at most never": ['row.text.split("l", 0).size()', "0"],
  "join without a separator": ["row.flags.join()", "Ab c"],
  "join of a null is an error": [
    'row.flags.join(",")',
    "undecided: an element of the list is null at 1:11",
    { flags: "{A,NULL}" },
  ],
  "join of ints is refused": [
    "row.numbers.join()",
    "TypeClash 1:1 'join' needs a list of strings here but has list of int",
  ],
  getFullYear: ["row.day.getFullYear()", "2026"],
  "getMonth counts from 0": ["row.day.getMonth()", "2"],
  "getDayOfMonth counts from 0": ["row.day.getDayOfMonth()", "30"],
  "getDate counts from 1": ["row.day.getDate()", "31"],
  "getDayOfWeek counts from Sunday": ["row.day.getDayOfWeek()", "2"],
  "getDayOfYear counts from 0": ["row.day.getDayOfYear()", "89"],
  "accessors of a timestamp": ["row.at.getFullYear() * 100 + row.at.getMonth()", "202602"],
  daysBetween: ["daysBetween(row.day, run.businessDate)", "1"],
  "daysBetween backwards": ["daysBetween(run.businessDate, row.day)", "-1"],
  addDays: ["addDays(row.day, 1)", "2026-04-01"],
  "addDays over a leap day": ["addDays(row.day, 1)", "2024-02-29", { day: "2024-02-28" }],
  "addDays beyond the calendar is an error": [
    "addDays(row.day, 10000000)",
    "undecided: the date leaves the years 0001 to 9999 at 1:1",
  ],
  "addDays by more than any number is an error": [
    "addDays(row.day, row.count)",
    "undecided: the date leaves the years 0001 to 9999 at 1:1",
    { count: "9223372036854775807" },
  ],
  "abs of an int": ["abs(row.count)", "7", { count: "-7" }],
  "abs of a decimal": ["abs(row.price)", "12.50", { price: "-12.5" }],
  "abs of the smallest int is an error": [
    "abs(row.count)",
    "undecided: the int result does not fit 64 bits at 1:1",
    { count: "-9223372036854775808" },
  ],
  "min of numbers": ["min(row.count, row.price, 3.5)", "3.50"],
  "max of dates": ["max(row.day, run.businessDate)", "2026-04-01"],
  "min of timestamps": ["min(row.at, run.createdAt)", "2026-03-31T23:59:59.500000Z"],
  "max of ints beyond 2^53": ["max(row.count, 9007199254740992)", "9007199254740993", { count: "9007199254740993" }],
  "min of texts is refused": [
    'min(row.text, "a")',
    "TypeClash 1:5 'min' needs a number, date, timestamp or duration here but has string",
  ],
  "min of a date and a number is refused": ["min(row.day, 1)", "TypeClash 1:14 'min' does not compare date with int"],
  "round a tie up": ["round(row.small, 1)", "1.3"],
  "round a negative tie away from zero": ["round(row.small, 1)", "-1.3", { small: "-1.25" }],
  "round half even": ['round(row.small, 1, "HALF_EVEN")', "1.2"],
  "round half down": ['round(row.small, 1, "HALF_DOWN")', "1.2"],
  "round up": ['round(row.small, 1, "UP")', "1.3", { small: "1.21" }],
  "round down": ['round(row.small, 1, "DOWN")', "-1.2", { small: "-1.29" }],
  "round to the ceiling": ['round(row.small, 0, "CEILING")', "-1", { small: "-1.29" }],
  "round to the floor": ['round(row.small, 0, "FLOOR")', "-2", { small: "-1.29" }],
  "round gains a digit": ["round(row.small, 0)", "10000", { small: "9999.50" }],
  "round to more digits fills with zeros": ["round(row.small, 4)", "1.2500"],
  "round an int": ["round(row.count, 2)", "7.00"],
  "round with an unknown mode": [
    'round(row.small, 1, "half_up")',
    'LiteralNeeded 1:21 \'round\' needs one of "HALF_UP", "HALF_EVEN", "HALF_DOWN", "UP", "DOWN", "CEILING", "FLOOR" here, written out',
  ],
  "round needs a literal scale": [
    "round(row.small, row.count)",
    "LiteralNeeded 1:18 'round' needs a whole number from 0 to 76 here, written out",
  ],
  "round to a negative scale": [
    "round(row.small, -1)",
    "LiteralNeeded 1:18 'round' needs a whole number from 0 to 76 here, written out",
  ],
  divide: ["divide(row.price, 3, 4)", "4.1667"],
  "divide rounds as told": ['divide(row.price, 3, 4, "DOWN")', "4.1666"],
  "divide by a decimal": ["divide(1, row.small, 10)", "0.8000000000"],
  "divide at a smaller scale": ["divide(row.huge, 7, 0)", "176366841446208112716049383"],
  "divide by zero is an error": ["divide(1, row.price, 2)", "undecided: division by zero at 1:1", { price: "0" }],
  "divide by the constant zero is refused": ["divide(row.price, 0, 2)", "BadConstant 1:19 division by zero"],
  "isLEI of a good one": ["isLEI(row.text)", "true", { text: "529900T8BM49AURSDO55" }],
  "isLEI of a wrong check digit": ["isLEI(row.text)", "false", { text: "529900T8BM49AURSDO56" }],
  "isLEI in small letters": ["isLEI(row.text)", "false", { text: "529900t8bm49aursdo55" }],
  "isLEI of 19 characters": ["isLEI(row.text)", "false", { text: "529900T8BM49AURSDO5" }],
  "isISIN of a share": ["isISIN(row.text)", "true", { text: "US0378331005" }],
  "isISIN with letters": ["isISIN(row.text)", "true", { text: "AU0000XVGZA3" }],
  "isISIN of a wrong check digit": ["isISIN(row.text)", "false", { text: "US0378331006" }],
  "isISIN with swapped digits": ["isISIN(row.text)", "false", { text: "US0373831005" }],
  "isISIN without a country": ["isISIN(row.text)", "false", { text: "120378331005" }],
  isMIC: ['isMIC("XETR") && !isMIC("xetr") && !isMIC("XETRA")', "true"],
  isCFI: ['isCFI("ESVUFR") && !isCFI("ESVUF1")', "true"],
  isCurrency: ['isCurrency("EUR") && !isCurrency("eur") && !isCurrency("DEM") && !isCurrency("")', "true"],
  isCountry: ['isCountry("DE") && !isCountry("UK") && !isCountry("de") && !isCountry("constructor")', "true"],
  isUTI: ['isUTI("529900T8BM49AURSDO55ABC123") && !isUTI("529900T8BM49AURSDO56ABC123")', "true"],
  "exists over texts": ['["he", "wo"].exists(x, row.text.startsWith(x))', "true"],
  "exists over nothing": ["[].exists(x, x > 1)", "false"],
  "all over texts": ['["h", "x"].all(x, row.text.contains(x))', "false"],
  "all over nothing": ["[].all(x, x > 1)", "true"],
  "exists within exists": ["[1, 2].exists(x, [6, 7].exists(y, x + y == row.count + 2))", "true"],
  "the inner variable hides the outer one": ["[1].exists(x, [7].all(x, x == row.count))", "true"],
  "exists over a text is refused": [
    "row.text.exists(x, true)",
    'TypeClash 1:1 \'exists\' needs a list but has string (write ["A", "B"].exists(x, ...))',
  ],
  "exists needs a variable": [
    "[1].exists(1, true)",
    'Syntax 1:12 a variable name must stand here (write ["A", "B"].exists(x, x == ...))',
  ],
  "a list alone is refused": [
    "[1, 2]",
    'TypeClash 1:1 a list of int cannot be written as one value (use x.join(",") on a list of strings, or x.size())',
  ],
};

test.each(Object.entries(cases))("%s", (_sentence, [expression, expected, cells]) => {
  expect(resultOf(expression, cells)).toBe(expected);
});

test("no function is both there and refused", () => {
  expect([...REFUSED_FUNCTIONS.keys()].filter((name) => FUNCTIONS.has(name))).toEqual([]);
});

/** These have their cases in list.test.ts. */
const IN_LISTS = ["exists_one", "map", "filter"];

test("every function has a case here", () => {
  const all = Object.values(cases)
    .map(([expression]) => expression)
    .join("\n");
  expect(
    [...FUNCTIONS.keys()].filter(
      (name) => !["has", "coalesce", ...IN_LISTS].includes(name) && !all.includes(`${name}(`),
    ),
  ).toEqual([]);
});
