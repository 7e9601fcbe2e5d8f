import { expect, test } from "vitest";
import { nextBusinessDate } from "./business-date.ts";

test("begins on the first of April", () => expect(nextBusinessDate(undefined)).toBe("2026-04-01"));
test("takes the next day", () => expect(nextBusinessDate("2026-04-01")).toBe("2026-04-02"));
test("leaves the weekend out", () => expect(nextBusinessDate("2026-04-03")).toBe("2026-04-06"));
