import fc from "fast-check";
import { expect, test } from "vitest";
import { admit, type Candidate, type Limit, type Picture } from "./decide.ts";

const report = (name: string, most: number): Limit => ({ name: `Report '${name}'`, most, keepsPlace: false });
const connector = (name: string, most: number): Limit => ({ name: `Connector '${name}'`, most, keepsPlace: true });
const run = (uid: string, ...limits: Limit[]): Candidate => ({ uid, limits });

function admitted({ candidates, taken = new Map() }: Partial<Picture>): readonly string[] {
  const standings = admit({ candidates: candidates ?? [], taken });
  return [...standings].filter(([, text]) => text === undefined).map(([uid]) => uid);
}

const cases: Record<string, { given: Partial<Picture>; expected: readonly string[] }> = {
  "lets start whoever needs no place": { given: { candidates: [run("a"), run("b")] }, expected: ["a", "b"] },
  "lets start as many as there is room, the first due first": {
    given: { candidates: ["a", "b", "c"].map((uid) => run(uid, report("x", 2))) },
    expected: ["a", "b"],
  },
  "counts those under way": {
    given: { candidates: [run("a", report("x", 2)), run("b", report("x", 2))], taken: new Map([["Report 'x'", 1]]) },
    expected: ["a"],
  },
  "lets nobody start where a limit was lowered below what is under way": {
    given: { candidates: [run("a", report("x", 1))], taken: new Map([["Report 'x'", 3]]) },
    expected: [],
  },
  "a full Report does not hold up another": {
    given: { candidates: [run("a", report("x", 1)), run("b", report("y", 1))], taken: new Map([["Report 'x'", 1]]) },
    expected: ["b"],
  },
  "a long line at one Report does not fill the Connector it will read": {
    given: {
      candidates: [
        ...["a", "b", "c"].map((uid) => run(uid, report("x", 1), connector("db", 2))),
        run("d", report("y", 1), connector("db", 2)),
      ],
      taken: new Map([["Report 'x'", 1]]),
    },
    expected: ["d"],
  },
  "who waits for one of two Connectors is not overtaken at the other": {
    given: {
      candidates: [run("a", connector("one", 1), connector("two", 1)), run("b", connector("two", 1))],
      taken: new Map([["Connector 'one'", 1]]),
    },
    expected: [],
  },
};

test.each(Object.entries(cases))("%s", (_sentence, { given, expected }) => {
  expect(admitted(given)).toEqual(expected);
});

test("says how many are under way and how many come first, exactly only where one looks closely", () => {
  const standings = admit({
    candidates: Array.from({ length: 150 }, (_, place) => run(`${place}`, report("x", 2))),
    taken: new Map([["Report 'x'", 2]]),
  });
  expect(standings.get("3")).toBe(
    "Report 'x' allows no more runs at once: 2 under way of 2, 3 waiting before this one",
  );
  expect(standings.get("42")).toContain("more than 10 waiting");
  expect(standings.get("142")).toContain("more than 100 waiting");
});

test("property: no limit is ever passed, and whoever has room everywhere starts", () => {
  const limits = [report("x", 1), report("y", 3), connector("a", 2), connector("b", 4)];
  const needs = fc.subarray(limits);
  fc.assert(
    fc.property(
      fc.array(needs, { maxLength: 30 }),
      fc.array(fc.nat(4), { minLength: 4, maxLength: 4 }),
      (all, used) => {
        const taken = new Map(limits.map(({ name }, place) => [name, used[place] ?? 0]));
        const candidates = all.map((of, place) => run(String(place), ...of));
        const started = new Set(admitted({ candidates, taken }));
        for (const { name, most } of limits) {
          const now = candidates.filter(
            ({ uid, limits: of }) => started.has(uid) && of.some((one) => one.name === name),
          );
          expect(now.length).toBeLessThanOrEqual(Math.max(0, most - (taken.get(name) ?? 0)));
        }
        const first = candidates[0];
        const hasRoom = first?.limits.every(({ name, most }) => (taken.get(name) ?? 0) < most);
        if (first) expect(started.has(first.uid)).toBe(hasRoom);
      },
    ),
  );
});
