/** Owns dates and times as the numbers that spreadsheets count in: days since 1899-12-30. */
import { dayNumber } from "@openreg/language";

const epoch = dayNumber("1899-12-30");
// earlier days mean different dates to different programs, since some take 1900 for a leap year
const firstSafeDate = "1900-03-01";
const millisecondsPerDay = 86_400_000;
const zero = 48;
const digitsOfMilliseconds = [100, 10, 1];

/** A writer of serial numbers; it remembers the last day, which neighbouring rows often share. */
export interface SerialDates {
  /** The number of a date `YYYY-MM-DD`, or undefined when spreadsheets do not agree about it. */
  date(text: string): string | undefined;
  /** The number of a time `YYYY-MM-DDTHH:MM:SS[.fraction]Z`, or undefined when it is too early or finer than a millisecond. */
  timestamp(text: string): string | undefined;
}

/** A new one, for one column. */
export function newSerialDates(): SerialDates {
  let lastDate = "";
  let lastDay = 0;
  const dayOf = (text: string): number => {
    if (!text.startsWith(lastDate) || lastDate === "") {
      lastDate = text.slice(0, 10);
      lastDay = dayNumber(lastDate) - epoch;
    }
    return lastDay;
  };
  let lastText = "";
  let lastSerial: string | undefined;
  return {
    date: (text) => {
      if (text === lastText) return lastSerial;
      lastText = text;
      lastSerial = text < firstSafeDate ? undefined : String(dayOf(text));
      return lastSerial;
    },
    timestamp: (text) => {
      const milliseconds = millisecondsOf(text);
      if (milliseconds < 0 || text < firstSafeDate) return undefined;
      // a double counts these days in steps of 40 microseconds at worst, so a millisecond comes back exactly
      return String(dayOf(text) + milliseconds / millisecondsPerDay);
    },
  };
}

/** Milliseconds since midnight; -1 when there is a part of one. */
function millisecondsOf(text: string): number {
  const end = text.length - 1;
  for (let at = 23; at < end; at += 1) if (text.charCodeAt(at) !== zero) return -1;
  let milliseconds = 0;
  for (let at = 20; at < end && at < 23; at += 1)
    milliseconds += (text.charCodeAt(at) - zero) * (digitsOfMilliseconds[at - 20] ?? 0);
  const seconds = (twoDigits(text, 11) * 60 + twoDigits(text, 14)) * 60 + twoDigits(text, 17);
  return seconds * 1000 + milliseconds;
}

function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - zero) * 10 + text.charCodeAt(at + 1) - zero;
}
