/** Times: arithmetic against that of the platform, edges of the calendar, texts of durations and offsets. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { canonical, type Whole } from "./number.ts";
import {
  addDuration,
  decodeDuration,
  decodeInstant,
  durationText,
  secondsOf,
  subtractDuration,
  timeBetween,
  timestampAt,
  unitsOf,
} from "./timestamp.ts";

const FIRST = -62_135_596_800n;
const LAST = 253_402_300_799n;
const SECOND = 1_000_000_000n;
const instant = fc.tuple(fc.bigInt(FIRST, LAST), fc.oneof(fc.constant(0n), fc.bigInt(0n, SECOND - 1n)));
const span = fc.oneof(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.bigInt(-(10n ** 12n), 10n ** 12n));

function cellOf([seconds, nanos]: readonly [bigint, bigint]): string {
  return timestampAt(Number(seconds), Number(nanos)) as string;
}

function nanosOf([seconds, nanos]: readonly [bigint, bigint]): bigint {
  return seconds * SECOND + nanos;
}

test("a sum is the one of plain BigInt arithmetic, and nothing outside of the calendar", () => {
  const property = fc.property(instant, span, (start, length) => {
    const sum = nanosOf(start) + length;
    const seconds = (sum - (((sum % SECOND) + SECOND) % SECOND)) / SECOND;
    const nanos = sum - seconds * SECOND;
    const expected = seconds < FIRST || seconds > LAST ? undefined : cellOf([seconds, nanos]);
    expect(addDuration(cellOf(start), canonical(length))).toBe(expected);
    expect(subtractDuration(cellOf(start), canonical(-length))).toBe(expected);
  });
  fc.assert(property, { numRuns: 2000 });
});

test("a difference is the one of plain BigInt arithmetic", () => {
  const property = fc.property(instant, instant, (later, earlier) => {
    expect(BigInt(timeBetween(cellOf(later), cellOf(earlier)) as Whole)).toBe(nanosOf(later) - nanosOf(earlier));
  });
  fc.assert(property, { numRuns: 2000 });
});

test("a cell is the text that the platform writes, where it reaches", () => {
  const property = fc.property(instant, (moment) => {
    fc.pre(nanosOf(moment) > -(8n * 10n ** 21n) && nanosOf(moment) < 8n * 10n ** 21n);
    const text = Temporal.Instant.fromEpochNanoseconds(nanosOf(moment)).toString();
    expect(`${cellOf(moment).replace(" ", "T")}Z`).toBe(text);
    expect(BigInt(secondsOf(cellOf(moment)))).toBe(moment[0]);
  });
  fc.assert(property, { numRuns: 1000 });
});

test("the text of a duration is read as the same duration", () => {
  const property = fc.property(fc.bigInt(-(3n * 10n ** 20n), 3n * 10n ** 20n), (nanos) => {
    expect(decodeDuration(durationText(canonical(nanos)))).toBe(canonical(nanos));
  });
  fc.assert(property, { numRuns: 1000 });
});

const durations: Record<string, readonly [text: string, nanos: Whole | undefined]> = {
  nothing: ["0", 0],
  "nothing in seconds": ["0s", 0],
  "hours and minutes": ["1h30m", 5_400_000_000_000],
  "a fraction": ["1.5h", 5_400_000_000_000],
  "a sign": ["-1.5s", -1_500_000_000],
  "a plus": ["+1s", 1_000_000_000],
  "small units": ["1ms2us3ns", 1_002_003],
  "a micro sign": ["1\u00b5s", 1000],
  "less than a nanosecond": ["0.5ns", undefined],
  "the longest": ["315576000000s", 315_576_000_000_000_000_000n],
  "longer than the longest": ["315576000000.000000001s", undefined],
  "no unit": ["1", undefined],
  "a unit alone": ["s", undefined],
  days: ["1d", undefined],
  spaces: ["1 h", undefined],
  "an empty text": ["", undefined],
  "a sign alone": ["-", undefined],
};

test.each(Object.entries(durations))("a duration of %s", (_sentence, [text, nanos]) => {
  expect(decodeDuration(text)).toBe(nanos);
});

const instants: Record<string, readonly [text: string, cell: string | undefined]> = {
  UTC: ["2026-01-31T12:00:00Z", "2026-01-31 12:00:00"],
  "an offset before": ["2026-01-01T00:30:00+01:00", "2025-12-31 23:30:00"],
  "an offset behind": ["2025-12-31T23:30:00.5-01:00", "2026-01-01 00:30:00.5"],
  "a database's UTC": ["2026-01-31 12:00:00.25+00", "2026-01-31 12:00:00.25"],
  "no offset": ["2026-01-31T12:00:00", undefined],
  "an offset without minutes": ["2026-01-31T12:00:00+01", undefined],
  "an offset of a day": ["2026-01-31T12:00:00+24:00", undefined],
  "a day that does not exist": ["2026-02-30T12:00:00Z", undefined],
  "before the calendar": ["0001-01-01T00:00:00+01:00", undefined],
  "behind the calendar": ["9999-12-31T23:59:59-00:01", undefined],
  "ten fraction digits": ["2026-01-31T12:00:00.1234567890Z", undefined],
};

test.each(Object.entries(instants))("a timestamp with %s", (_sentence, [text, cell]) => {
  expect(decodeInstant(text, 9)).toBe(cell);
});

test("units are cut toward zero", () => {
  expect([unitsOf(-5_400_000_000_000, 3_600_000_000_000), unitsOf(-1_500_000_000, 1_000_000, 1000)]).toEqual([
    -1, -500,
  ]);
});
