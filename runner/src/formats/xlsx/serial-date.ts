/** Owns dates and times as the numbers that spreadsheets count in: days since 1899-12-30. */
import { dayNumber } from "@openreg/language";

const epoch = dayNumber("1899-12-30");
// earlier days mean different dates to different programs, since some take 1900 for a leap year
const firstSafeDay = dayNumber("1900-03-01");
const millisecondsPerDay = 86_400_000;

/** The serial number of a date `YYYY-MM-DD`, or undefined when spreadsheets do not agree about it. */
export function dateSerial(date: string): string | undefined {
  const day = dayNumber(date);
  return day < firstSafeDay ? undefined : String(day - epoch);
}

/** The serial number of a time `YYYY-MM-DDTHH:MM:SS[.fraction]Z`, or undefined when it is too early or finer than a millisecond. */
export function timestampSerial(text: string): string | undefined {
  const day = dayNumber(text);
  if (day < firstSafeDay) return undefined;
  const fraction = text.slice(20, -1);
  if (hasMoreThanMilliseconds(fraction)) return undefined;
  const seconds = (+text.slice(11, 13) * 60 + +text.slice(14, 16)) * 60 + +text.slice(17, 19);
  const milliseconds = seconds * 1000 + +fraction.slice(0, 3).padEnd(3, "0");
  // a double counts these days in steps of 40 microseconds at worst, so a millisecond comes back exactly
  return String(day - epoch + milliseconds / millisecondsPerDay);
}

function hasMoreThanMilliseconds(fraction: string): boolean {
  for (let at = 3; at < fraction.length; at += 1) if (fraction.charCodeAt(at) !== 48) return true;
  return false;
}
