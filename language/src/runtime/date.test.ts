/** Calendar arithmetic against the platform's calendar. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { addDays, dateOf, dayNumber, dayOfWeek, dayOfYear } from "./date.ts";
import { decodeDate } from "./decode.ts";

const days = fc.integer({ min: -719_162, max: 2_932_896 });
const epoch = Temporal.PlainDate.from("1970-01-01");

test("a day number and its date belong together", () => {
  fc.assert(
    fc.property(days, (day) => {
      const date = epoch.add({ days: day });
      expect(dateOf(day)).toBe(date.toString());
      expect(dayNumber(date.toString())).toBe(day);
      expect(dayOfWeek(date.toString())).toBe(date.dayOfWeek % 7);
      expect(dayOfYear(date.toString())).toBe(date.dayOfYear - 1);
      expect(decodeDate(date.toString())).toBe(date.toString());
    }),
    { numRuns: 5000 },
  );
});

test("days are added as the platform adds them", () => {
  fc.assert(
    fc.property(days, fc.integer({ min: -4_000_000, max: 4_000_000 }), (day, more) => {
      const sum = day + more;
      const expected = sum >= -719_162 && sum <= 2_932_896 ? epoch.add({ days: sum }).toString() : undefined;
      expect(addDays(dateOf(day), more)).toBe(expected);
    }),
  );
});
