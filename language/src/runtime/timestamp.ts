/** Arithmetic with timestamps and durations; a duration is a whole number of nanoseconds, a timestamp its cell in UTC. */
import { dateOf, dayNumber } from "./date.ts";
import { decodeTimestamp } from "./decode.ts";
import { add, canonical, multiply, negate, subtract, type Whole } from "./number.ts";

const SECOND = 1_000_000_000;
const DAY = 86_400;
const MIN_SECONDS = dayNumber("0001-01-01") * DAY;
const MAX_SECONDS = (dayNumber("9999-12-31") + 1) * DAY - 1;
/** Longest duration either way: some 10,000 years, as CEL has it. */
const MAX_DURATION = 315_576_000_000n * BigInt(SECOND);

/** Seconds since 1970 of a timestamp, its fraction left away. */
export function secondsOf(cell: string): number {
  return dayNumber(cell) * DAY + +cell.slice(11, 13) * 3600 + +cell.slice(14, 16) * 60 + +cell.slice(17, 19);
}

function fractionOf(cell: string): number {
  return cell.length > 20 ? +cell.slice(20).padEnd(9, "0") : 0;
}

/** The timestamp some seconds and nanoseconds (0 to 999,999,999) after 1970, or undefined outside of the years 0001 to 9999. */
export function timestampAt(seconds: Whole, nanos = 0): string | undefined {
  if (typeof seconds !== "number" || seconds < MIN_SECONDS || seconds > MAX_SECONDS) return undefined;
  const day = Math.floor(seconds / DAY);
  const rest = seconds - day * DAY;
  const time = [Math.floor(rest / 3600), Math.floor((rest % 3600) / 60), rest % 60].map((part) => pad(part, 2));
  const fraction = nanos === 0 ? "" : `.${pad(nanos, 9).replace(/0+$/, "")}`;
  return `${dateOf(day)} ${time.join(":")}${fraction}`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

/** The timestamp a duration later; undefined outside of the years 0001 to 9999. */
export function addDuration(cell: string, duration: Whole): string | undefined {
  const [seconds, nanos] = parted(duration);
  const sum = fractionOf(cell) + nanos;
  return sum < SECOND
    ? timestampAt(secondsOf(cell) + seconds, sum)
    : timestampAt(secondsOf(cell) + seconds + 1, sum - SECOND);
}

/** Whole seconds, rounded down, and the nanoseconds above them. */
function parted(duration: Whole): readonly [number, number] {
  if (typeof duration === "number") {
    const seconds = Math.floor(duration / SECOND);
    return [seconds, duration - seconds * SECOND];
  }
  const nanos = ((duration % BigInt(SECOND)) + BigInt(SECOND)) % BigInt(SECOND);
  return [Number((duration - nanos) / BigInt(SECOND)), Number(nanos)];
}

/** The timestamp a duration earlier. */
export function subtractDuration(cell: string, duration: Whole): string | undefined {
  return addDuration(cell, negate(duration));
}

/** The duration from the second timestamp to the first. */
export function timeBetween(later: string, earlier: string): Whole | undefined {
  const seconds = multiply(secondsOf(later) - secondsOf(earlier), SECOND);
  return checkedDuration(add(seconds, fractionOf(later) - fractionOf(earlier)));
}

/** The sum of two durations; undefined when it is too long. */
export function addDurations(a: Whole, b: Whole): Whole | undefined {
  return checkedDuration(add(a, b));
}

/** The difference of two durations; undefined when it is too long. */
export function subtractDurations(a: Whole, b: Whole): Whole | undefined {
  return checkedDuration(subtract(a, b));
}

function checkedDuration(nanos: Whole): Whole | undefined {
  if (typeof nanos === "number") return nanos;
  return nanos <= MAX_DURATION && nanos >= -MAX_DURATION ? nanos : undefined;
}

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ["h", 3_600_000_000_000n],
  ["m", 60_000_000_000n],
  ["s", 1_000_000_000n],
  ["ms", 1_000_000n],
  ["us", 1000n],
  ["\u00b5s", 1000n],
  ["ns", 1n],
]);
const DURATION = /^[+-]?(?:[0-9]{1,15}(?:\.[0-9]{1,9})?(?:h|ms|m|us|\u00b5s|ns|s)){1,12}$/;

/** A duration from a text such as `1h30m`, `-1.5s`; undefined when it is none, finer than a nanosecond or too long. */
export function decodeDuration(text: string): Whole | undefined {
  if (text === "0") return 0;
  if (!DURATION.test(text)) return undefined;
  let nanos = 0n;
  for (const [, integer = "", fraction = "", unit = ""] of text.matchAll(
    /([0-9]+)(?:\.([0-9]+))?(h|ms|m|us|\u00b5s|ns|s)/g,
  )) {
    const scaled = BigInt(integer + fraction) * (UNITS.get(unit) ?? 0n);
    const divisor = 10n ** BigInt(fraction.length);
    if (scaled % divisor !== 0n) return undefined;
    nanos += scaled / divisor;
  }
  return checkedDuration(canonical(text.startsWith("-") ? -nanos : nanos));
}

/** A duration in seconds as CEL writes it: `5400s`, `-1.5s`. */
export function durationText(duration: Whole): string {
  const nanos = BigInt(duration);
  const positive = nanos < 0n ? -nanos : nanos;
  const fraction = String(positive % BigInt(SECOND))
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${nanos < 0n ? "-" : ""}${positive / BigInt(SECOND)}${fraction === "" ? "" : `.${fraction}`}s`;
}

/** Whole units of so many nanoseconds in a duration, cut toward zero; the rest of a larger unit when `modulo` is given. */
export function unitsOf(duration: Whole, nanos: number, modulo?: number): number {
  const units = BigInt(duration) / BigInt(nanos);
  return Number(modulo === undefined ? units : units % BigInt(modulo));
}

/** Milliseconds within the second of a timestamp. */
export function millisecondsOf(cell: string): number {
  return cell.length > 20 ? +cell.slice(20, 23).padEnd(3, "0") : 0;
}

/** A timestamp with its offset as RFC 3339 has it (`...Z`, `...+02:00`), or as PostgreSQL prints it in UTC; in UTC. */
export function decodeInstant(text: string, digits: number): string | undefined {
  const zone = /([+-])([0-9]{2}):([0-9]{2})$/.exec(text);
  if (!zone) return /(?:Z|\+00)$/.test(text) ? decodeTimestamp(text, digits) : undefined;
  const [hours, minutes] = [Number(zone[2]), Number(zone[3])];
  const local = decodeTimestamp(`${text.slice(0, -6)}Z`, digits);
  if (local === undefined || hours > 23 || minutes > 59) return undefined;
  const seconds = hours * 3600 + minutes * 60;
  return addDuration(local, (zone[1] === "+" ? -seconds : seconds) * SECOND);
}

/** The wall clock of a timestamp at an offset in seconds; undefined outside of the years 0001 to 9999. */
export function atOffset(cell: string, seconds: number): string | undefined {
  return addDuration(cell, seconds * SECOND);
}

/** The wall clock of a timestamp in a time zone of IANA. */
export function atZone(cell: string, zone: string): string | undefined {
  const instant = Temporal.Instant.from(`${cell.slice(0, 10)}T${cell.slice(11)}Z`);
  return addDuration(cell, instant.toZonedDateTimeISO(zone).offsetNanoseconds);
}
