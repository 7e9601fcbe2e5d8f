import { expect, test } from "vitest";
import { dateProblem, isTimeZone, newRunValues, queryValue } from "./run-calendar.ts";

const source = {
  report: "daily-trades",
  series: "daily-trades",
  mode: "Test",
  businessDate: "2026-03-30",
  timeZone: "Europe/Berlin",
  createdAt: "2026-03-31T05:00:00Z",
  parameters: { lei: "9999OPENREG000000168" },
};

test("the day before a Monday is a Friday, and the period takes the weekend in", () => {
  expect(newRunValues(source)).toMatchObject({
    previousBusinessDate: "2026-03-27",
    periodStart: "2026-03-27T23:00:00Z",
    periodEnd: "2026-03-30T22:00:00Z",
  });
});

test("the clock change inside the period moves only its end", () => {
  const { periodStart, periodEnd } = newRunValues({ ...source, businessDate: "2026-10-26" });
  expect([periodStart, periodEnd]).toEqual(["2026-10-23T22:00:00Z", "2026-10-26T23:00:00Z"]);
});

test("a date that does not exist is refused", () => {
  expect(() => newRunValues({ ...source, businessDate: "2026-02-30" })).toThrow(RangeError);
  expect(dateProblem("2026-02-30")).toContain("2026-02-30");
  expect(dateProblem("2028-02-29")).toBeUndefined();
});

test("an unknown time zone is told from a known one", () => {
  expect([isTimeZone("Europe/Bratislava"), isTimeZone("Europe/Atlantis")]).toEqual([true, false]);
});

test("a query may name the dates and the parameters, and nothing that the language of the program brings along", () => {
  const values = newRunValues(source);
  expect(queryValue(values, "businessDate")).toBe("2026-03-30");
  expect(queryValue(values, "lei")).toBe("9999OPENREG000000168");
  expect(queryValue(values, "constructor")).toBeUndefined();
});
