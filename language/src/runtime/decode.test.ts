/** Reading cells: what databases print is taken exactly or refused, and nothing throws. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { RUN } from "../outcome.fixture.ts";
import { compileRowProgram } from "../row-program.ts";
import { decodeDecimal, decodeInt } from "./decimal.ts";
import { decodeBoolean, decodeDate, decodeTimestamp } from "./decode.ts";

type Case = readonly [type: string, text: string | null, expected: string];

const cases: Record<string, Case> = {
  "an int": ["Integer", "42", "42"],
  "a negative int": ["Integer", "-42", "-42"],
  "an int with leading zeros": ["Integer", "007", "7"],
  "the largest int": ["Integer", "9223372036854775807", "9223372036854775807"],
  "the smallest int": ["Integer", "-9223372036854775808", "-9223372036854775808"],
  "an int beyond 64 bits": ["Integer", "9223372036854775808", "TooManyDigits"],
  "an int of 30 digits": ["Integer", "123456789012345678901234567890", "TooManyDigits"],
  "an int with a point": ["Integer", "1.0", "NotAnInteger"],
  "an int with a plus": ["Integer", "+1", "NotAnInteger"],
  "an int with a space": ["Integer", " 1", "NotAnInteger"],
  "an int in words": ["Integer", "one", "NotAnInteger"],
  "an empty int": ["Integer", "", "NotAnInteger"],
  "a minus alone": ["Integer", "-", "NotAnInteger"],
  "an int in Arabic digits": ["Integer", "\u0661", "NotAnInteger"],
  "a null int": ["Integer", null, "NullInRequired"],
  "a decimal": ["Decimal(18,5)", "12.5", "12.50000"],
  "a decimal at its full scale": ["Decimal(18,5)", "12.50000", "12.50000"],
  "a decimal without a point": ["Decimal(18,5)", "12", "12.00000"],
  "a decimal with leading zeros": ["Decimal(18,2)", "0012.50", "12.50"],
  zero: ["Decimal(18,2)", "0.00", "0.00"],
  "zero with a minus": ["Decimal(18,2)", "-0.00", "0.00"],
  "a small negative decimal": ["Decimal(18,2)", "-0.01", "-0.01"],
  "a decimal of all digits": [
    "Decimal(38,10)",
    "9999999999999999999999999999.9999999999",
    "9999999999999999999999999999.9999999999",
  ],
  "a decimal of 76 digits": ["Decimal(76,0)", "9".repeat(76), "9".repeat(76)],
  "a decimal of 77 digits": ["Decimal(76,0)", "9".repeat(77), "TooManyDigits"],
  "a decimal with one digit too many": ["Decimal(4,2)", "100.00", "TooManyDigits"],
  "a decimal with just enough digits": ["Decimal(4,2)", "99.99", "99.99"],
  "a decimal of 15 digits with one too many": ["Decimal(15,0)", "1000000000000000", "TooManyDigits"],
  "a decimal of 15 digits that its scale makes too large": ["Decimal(15,2)", "12345678901234.5", "TooManyDigits"],
  "a decimal of 16 digits": ["Decimal(16,0)", "9999999999999999", "9999999999999999"],
  "a decimal of 16 digits with one too many": ["Decimal(16,0)", "10000000000000000", "TooManyDigits"],
  "a decimal that only its scale makes large": ["Decimal(18,13)", "99999", "99999.0000000000000"],
  "a decimal with too many digits in front": ["Decimal(18,13)", "100000", "TooManyDigits"],
  "a decimal with more fraction digits": ["Decimal(18,2)", "1.234", "TooManyFractionDigits"],
  "a decimal with more fraction digits that are zero": ["Decimal(18,2)", "1.230", "TooManyFractionDigits"],
  "a decimal with an exponent": ["Decimal(18,2)", "1e2", "NotADecimal"],
  NaN: ["Decimal(18,2)", "NaN", "NotADecimal"],
  Infinity: ["Decimal(18,2)", "-Infinity", "NotADecimal"],
  "a decimal with a comma": ["Decimal(18,2)", "1,5", "NotADecimal"],
  "a decimal that begins with a point": ["Decimal(18,2)", ".5", "NotADecimal"],
  "a decimal that ends with a point": ["Decimal(18,2)", "5.", "NotADecimal"],
  "two points": ["Decimal(18,2)", "1.2.3", "NotADecimal"],
  "a very long text of zeros": ["Decimal(18,2)", "0".repeat(100_000), "TooManyDigits"],
  "a very long text of zeros that is no number": ["Decimal(18,2)", `${"0".repeat(100_000)}x`, "NotADecimal"],
  "true as PostgreSQL prints it": ["Boolean", "t", "true"],
  "false in a word": ["Boolean", "false", "false"],
  "one is no bool": ["Boolean", "1", "NotABoolean"],
  "True is no bool": ["Boolean", "True", "NotABoolean"],
  "a date": ["Date", "2026-01-31", "2026-01-31"],
  "a leap day": ["Date", "2024-02-29", "2024-02-29"],
  "a leap day of 2000": ["Date", "2000-02-29", "2000-02-29"],
  "no leap day in 1900": ["Date", "1900-02-29", "NotADate"],
  "no leap day in 2026": ["Date", "2026-02-29", "NotADate"],
  "the first day": ["Date", "0001-01-01", "0001-01-01"],
  "the last day": ["Date", "9999-12-31", "9999-12-31"],
  "the year 0": ["Date", "0000-01-01", "NotADate"],
  "a year of five digits": ["Date", "10000-01-01", "NotADate"],
  "a date before Christ": ["Date", "0044-03-15 BC", "NotADate"],
  "infinity as a date": ["Date", "infinity", "NotADate"],
  "month 13": ["Date", "2026-13-01", "NotADate"],
  "day 31 of April": ["Date", "2026-04-31", "NotADate"],
  "day 0": ["Date", "2026-04-00", "NotADate"],
  "a date with points": ["Date", "2026.01.31", "NotADate"],
  "a date with letters": ["Date", "2026-0a-31", "NotADate"],
  "a timestamp with a zone": ["Timestamp(6)", "2026-01-02 03:04:05.123456+00", "2026-01-02T03:04:05.123456Z"],
  "a timestamp without a zone": ["Timestamp(6)", "2026-01-02 03:04:05.123456", "2026-01-02T03:04:05.123456Z"],
  "a timestamp without a fraction": ["Timestamp(6)", "2026-01-02 03:04:05+00", "2026-01-02T03:04:05.000000Z"],
  "a timestamp whose zeros are left away": ["Timestamp(6)", "2026-01-02 03:04:05.5+00", "2026-01-02T03:04:05.500000Z"],
  "a timestamp in ISO form": ["Timestamp(3)", "2026-01-02T03:04:05.120Z", "2026-01-02T03:04:05.120Z"],
  "a timestamp with a long zone": ["Timestamp(3)", "2026-01-02 03:04:05.12+00:00", "2026-01-02T03:04:05.120Z"],
  "a timestamp with a zone in four digits": ["Timestamp(3)", "2026-01-02 03:04:05-0000", "2026-01-02T03:04:05.000Z"],
  "a timestamp of whole seconds": ["Timestamp(0)", "2026-01-02 03:04:05+00", "2026-01-02T03:04:05Z"],
  "a timestamp with more digits": ["Timestamp(3)", "2026-01-02 03:04:05.1234+00", "TooManyFractionDigits"],
  "a fraction where none may be": ["Timestamp(0)", "2026-01-02 03:04:05.1+00", "TooManyFractionDigits"],
  nanoseconds: ["Timestamp(9)", "2026-01-02 03:04:05.123456789+00", "2026-01-02T03:04:05.123456789Z"],
  "a timestamp in another zone": ["Timestamp(6)", "2026-01-02 03:04:05+02", "NotATimestamp"],
  "a timestamp half an hour off": ["Timestamp(6)", "2026-01-02 03:04:05+00:30", "NotATimestamp"],
  "a date as a timestamp": ["Timestamp(6)", "2026-01-02", "NotATimestamp"],
  "hour 24": ["Timestamp(6)", "2026-01-02 24:00:00+00", "NotATimestamp"],
  "second 60": ["Timestamp(6)", "2026-01-02 23:59:60+00", "NotATimestamp"],
  "a timestamp on no day": ["Timestamp(6)", "2026-02-30 03:04:05+00", "NotATimestamp"],
  "a timestamp before Christ": ["Timestamp(6)", "0044-03-15 03:04:05+00 BC", "NotATimestamp"],
  "infinity as a timestamp": ["Timestamp(6)", "infinity", "NotATimestamp"],
  "a point without a fraction": ["Timestamp(6)", "2026-01-02 03:04:05.+00", "NotATimestamp"],
  "a text": ["String", "any \u{1f600}", "any \u{1f600}"],
  "an empty text": ["String", "", ""],
  "half of a character": ["String", "\ud83d", "InvalidText"],
  "a null text": ["String", null, "NullInRequired"],
};

test.each(Object.entries(cases))("%s", (_sentence, [type, text, expected]) => {
  const program = compileRowProgram({
    columns: [{ name: "x", type, required: true }],
    fields: [],
    rules: [],
    outputs: [{ name: "file", columns: [{ value: "row.x" }] }],
    run: RUN,
  });
  const result = program.evaluate([text]) < 0 ? program.badReason : program.render(0)?.[0];
  expect(result).toBe(expected);
});

test("a column that is not required may be null", () => {
  for (const type of ["String", "Integer", "Decimal(5,2)", "Boolean", "Date", "Timestamp(3)"]) {
    const columns = [{ name: "x", type }];
    const program = compileRowProgram({
      columns,
      fields: [],
      rules: [],
      outputs: [{ name: "f", columns: [{ value: "row.x" }] }],
      run: RUN,
    });
    expect(program.evaluate([null])).toBe(0);
    expect(program.render(0)).toEqual([null]);
  }
});

test("no text makes a decoder throw, and what is taken is what plain arithmetic reads", () => {
  const pieces = fc.array(
    fc.constantFrom(
      "0",
      "9",
      "5",
      "12345678901234567890",
      ".",
      "-",
      "+",
      "e",
      " ",
      ":",
      "T",
      "Z",
      "2026-01-02",
      "03:04:05",
    ),
    { maxLength: 8 },
  );
  const anyText = fc.oneof(
    fc.string({ unit: "binary" }),
    pieces.map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(anyText, fc.integer({ min: 0, max: 20 }), (text, scale) => {
      decodeInt(text);
      decodeBoolean(text);
      decodeDate(text);
      decodeTimestamp(text, Math.min(scale, 9));
      const value = decodeDecimal(text, scale, 30);
      const match = /^(-?)([0-9]+)(?:\.([0-9]+))?$/.exec(text);
      if (value === undefined) return;
      expect(match).not.toBeNull();
      const [, sign, integer, fraction = ""] = match ?? [];
      expect(BigInt(value)).toBe(BigInt(`${sign}${integer}${fraction.padEnd(scale, "0")}`));
    }),
    { numRuns: 5000 },
  );
});
