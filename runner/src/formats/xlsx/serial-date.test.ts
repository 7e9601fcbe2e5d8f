/** Proves the numbers of days, and which moments have none. */
import { expect, test } from "vitest";
import { newSerialDates } from "./serial-date.ts";

const { date, timestamp } = newSerialDates();

const dates: Record<string, string | undefined> = {
  "1900-03-01": "61",
  "1970-01-01": "25569",
  "2024-02-29": "45351",
  "9999-12-31": "2958465",
  "1900-02-28": undefined,
  "1899-12-31": undefined,
  "0001-01-01": undefined,
};
test.each(Object.entries(dates))("the date %s is %s", (text, expected) => expect(date(text)).toBe(expected));

const times: Record<string, string | undefined> = {
  "1970-01-01T12:00:00Z": "25569.5",
  "1970-01-01T06:00:00.000Z": "25569.25",
  "1970-01-01T00:00:00.000000000Z": "25569",
  "1970-01-01T00:00:00.001000Z": String(25569 + 1 / 86_400_000),
  "1970-01-01T00:00:00.1Z": String(25569 + 100 / 86_400_000),
  "1970-01-01T00:00:00.000001Z": undefined,
  "1970-01-01T00:00:00.000000001Z": undefined,
  "1900-02-28T23:59:59Z": undefined,
};
test.each(Object.entries(times))("the time %s is %s", (text, expected) => expect(timestamp(text)).toBe(expected));

test("every millisecond of a day comes back, also on the last one", () => {
  for (let millisecond = 0; millisecond < 86_400_000; millisecond += 86_399) {
    const text = `9999-12-31T${new Date(millisecond).toISOString().slice(11)}`;
    const serial = Number(timestamp(text));
    expect(Math.round((serial - Math.floor(serial)) * 86_400_000)).toBe(millisecond);
  }
});
