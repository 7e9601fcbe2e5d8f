/** Exactness: generated programs against plain BigInt arithmetic, around 2^53, with 35 digits and more, at ties and at the edges of 64 bits. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { RUN } from "./outcome.fixture.ts";
import { compileRowProgram, type RowProgram } from "./row-program.ts";

const SCALES = { a: 2, b: 5, c: 13, d: 10 } as const;
const COLUMNS = [
  { name: "a", type: "Decimal(18,2)", required: true },
  { name: "b", type: "Decimal(18,5)", required: true },
  { name: "c", type: "Decimal(30,13)", required: true },
  { name: "d", type: "Decimal(45,10)", required: true },
  { name: "e", type: "Decimal(15,2)", required: true },
  { name: "f", type: "Decimal(2,1)", required: true },
  { name: "i", type: "Integer", required: true },
  { name: "j", type: "Integer", required: true },
];
const RUNS = { numRuns: 700 };

/** Whole numbers of up to `digits` digits; half of them near the edges where numbers, BigInts and ints change over. */
function whole(digits: number): fc.Arbitrary<bigint> {
  const limit = 10n ** BigInt(digits) - 1n;
  const edges = [0n, 10n ** 15n, 2n ** 53n, 2n ** 63n, 10n ** BigInt(Math.floor(digits / 2)), limit].filter(
    (edge) => edge <= limit,
  );
  const near = fc
    .tuple(fc.constantFrom(...edges), fc.integer({ min: -3, max: 3 }), fc.boolean())
    .map(([edge, offset, negative]) => (negative ? -(edge + BigInt(offset)) : edge + BigInt(offset)))
    .filter((value) => value <= limit && value >= -limit);
  return fc.oneof(near, fc.bigInt({ min: -limit, max: limit }), fc.bigInt({ min: -20n, max: 20n }));
}

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(
    0n,
    1n,
    -1n,
    2n ** 53n,
    -(2n ** 53n),
    2n ** 53n - 1n,
    2n ** 53n + 1n,
    2n ** 63n - 1n,
    -(2n ** 63n),
    3037000500n,
    4294967296n,
  ),
);
const rows = fc.record({
  a: whole(18),
  b: whole(18),
  c: whole(30),
  d: whole(45),
  e: whole(15),
  f: whole(2),
  i: int64,
  j: int64,
});
type Row = {
  readonly a: bigint;
  readonly b: bigint;
  readonly c: bigint;
  readonly d: bigint;
  readonly e: bigint;
  readonly f: bigint;
  readonly i: bigint;
  readonly j: bigint;
};

/** A whole number of smallest units as text. */
function text(value: bigint, scale: number): string {
  const sign = value < 0n ? "-" : "";
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, "0");
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function texts({ a, b, c, d, e, f, i, j }: Row): readonly string[] {
  return [
    text(a, SCALES.a),
    text(b, SCALES.b),
    text(c, SCALES.c),
    text(d, SCALES.d),
    text(e, 2),
    text(f, 1),
    String(i),
    String(j),
  ];
}

function program(values: readonly string[], asserts: readonly string[] = []): RowProgram {
  return compileRowProgram({
    columns: COLUMNS,
    fields: [],
    rules: asserts.map((assert, index) => ({ id: `r${index}`, assert })),
    outputs: values.map((value) => ({ name: value, columns: [{ value }] })),
    run: RUN,
  });
}

/** Runs the expressions over random rows; `expected` gives texts, or undefined for an error. */
function compare(expressions: Readonly<Record<string, (row: Row) => string | undefined>>): void {
  const entries = Object.entries(expressions);
  const compiled = program(entries.map(([expression]) => expression));
  fc.assert(
    fc.property(rows, (row) => {
      expect(compiled.evaluate(texts(row))).toBe(0);
      for (const [index, [, expected]] of entries.entries()) {
        expect(compiled.render(index)?.[0]).toBe(expected(row));
      }
    }),
    RUNS,
  );
}

const up = (value: bigint, digits: number): bigint => value * 10n ** BigInt(digits);

test("columns come out as they went in", () => {
  compare({
    "row.a": ({ a }) => text(a, 2),
    "row.c": ({ c }) => text(c, 13),
    "row.d": ({ d }) => text(d, 10),
    "string(row.d)": ({ d }) => text(d, 10),
    "row.i": ({ i }) => String(i),
  });
});

test("sums, differences and products of decimals are exact", () => {
  compare({
    "row.a + row.b": ({ a, b }) => text(up(a, 3) + b, 5),
    "row.a - row.d": ({ a, d }) => text(up(a, 8) - d, 10),
    "row.c + row.d": ({ c, d }) => text(c + up(d, 3), 13),
    "row.a * row.b": ({ a, b }) => text(a * b, 7),
    "row.c * row.d": ({ c, d }) => text(c * d, 23),
    "row.a * row.b * row.c - row.d": ({ a, b, c, d }) => text(a * b * c - up(d, 10), 20),
    "row.e * row.f": ({ e, f }) => text(e * f, 3),
    "row.e + row.f * 1.00": ({ e, f }) => text(up(e, 1) + up(f, 2), 3),
    "row.e + 0.0001": ({ e }) => text(up(e, 2) + 1n, 4),
    "row.f * row.f - row.f": ({ f }) => text(f * f - up(f, 1), 2),
    "-row.b": ({ b }) => text(-b, 5),
    "abs(row.d)": ({ d }) => text(d < 0n ? -d : d, 10),
    "row.a + row.i": ({ a, i }) => text(a + up(i, 2), 2),
    "row.b * row.i": ({ b, i }) => text(b * i, 5),
    "row.a + 0.01 * 3": ({ a }) => text(a + 3n, 2),
  });
});

test("comparisons across scales are exact", () => {
  const asserts: Readonly<Record<string, (row: Row) => boolean>> = {
    "row.a < row.b": ({ a, b }) => up(a, 3) < b,
    "row.a == row.b": ({ a, b }) => up(a, 3) === b,
    "row.c >= row.d": ({ c, d }) => c >= up(d, 3),
    "row.c != row.d": ({ c, d }) => c !== up(d, 3),
    "row.d <= row.i": ({ d, i }) => d <= up(i, 10),
    "row.i == row.a": ({ i, a }) => up(i, 2) === a,
    "row.i < row.j": ({ i, j }) => i < j,
    "row.a in [90071992547409.92, 0.01, 3.0, 4.0, 5.0]": ({ a }) =>
      [9007199254740992n, 1n, 300n, 400n, 500n].includes(a),
    "row.a * row.b == row.b * row.a": () => true,
    "max(row.a, row.b) >= min(row.a, row.b)": () => true,
  };
  const compiled = program([], Object.keys(asserts));
  fc.assert(
    fc.property(rows, (row) => {
      compiled.evaluate(texts(row));
      expect([...compiled.verdicts]).toEqual(Object.values(asserts).map((holds) => (holds(row) ? 0 : 1)));
    }),
    RUNS,
  );
});

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);
const fits = (value: bigint): string | undefined => (value >= MIN && value <= MAX ? String(value) : undefined);

test("ints are exact, and an error beyond 64 bits or by zero", () => {
  compare({
    "row.i + row.j": ({ i, j }) => fits(i + j),
    "row.i - row.j": ({ i, j }) => fits(i - j),
    "row.i * row.j": ({ i, j }) => fits(i * j),
    "row.i / row.j": ({ i, j }) => (j === 0n ? undefined : fits(i / j)),
    "row.i % row.j": ({ i, j }) => (j === 0n ? undefined : String(i % j)),
    "row.i / 7": ({ i }) => String(i / 7n),
    "row.i / -1": ({ i }) => fits(-i),
    "-row.i": ({ i }) => fits(-i),
    "abs(row.i)": ({ i }) => fits(i < 0n ? -i : i),
  });
});

const MODES = ["HALF_UP", "HALF_EVEN", "HALF_DOWN", "UP", "DOWN", "CEILING", "FLOOR"] as const;

/** n / d rounded, by the definition of the modes: floor and ceiling, and the nearer of both. */
function rounded(numerator: bigint, denominator: bigint, mode: (typeof MODES)[number]): bigint {
  const [n, d] = denominator < 0n ? [-numerator, -denominator] : [numerator, denominator];
  const floor = n >= 0n || n % d === 0n ? n / d : n / d - 1n;
  if (floor * d === n) return floor;
  const ceiling = floor + 1n;
  const [toward, away] = n >= 0n ? [floor, ceiling] : [ceiling, floor];
  if (mode === "FLOOR") return floor;
  if (mode === "CEILING") return ceiling;
  if (mode === "UP") return away;
  if (mode === "DOWN") return toward;
  const below = n - floor * d;
  const above = ceiling * d - n;
  if (below !== above) return below < above ? floor : ceiling;
  if (mode === "HALF_UP") return away;
  if (mode === "HALF_DOWN") return toward;
  return floor % 2n === 0n ? floor : ceiling;
}

test.each(MODES)("round and divide round %s", (mode) => {
  compare({
    [`round(row.b, 2, "${mode}")`]: ({ b }) => text(rounded(b, 1000n, mode), 2),
    [`round(row.b, 4, "${mode}")`]: ({ b }) => text(rounded(b, 10n, mode), 4),
    [`round(row.d, 0, "${mode}")`]: ({ d }) => text(rounded(d, 10n ** 10n, mode), 0),
    [`round(row.c * row.d, 3, "${mode}")`]: ({ c, d }) => text(rounded(c * d, 10n ** 20n, mode), 3),
    [`divide(row.a, row.b, 4, "${mode}")`]: ({ a, b }) => (b === 0n ? undefined : text(rounded(up(a, 7), b, mode), 4)),
    [`divide(row.i, row.j, 2, "${mode}")`]: ({ i, j }) => (j === 0n ? undefined : text(rounded(up(i, 2), j, mode), 2)),
    [`divide(row.c, row.a, 0, "${mode}")`]: ({ c, a }) => (a === 0n ? undefined : text(rounded(c, up(a, 11), mode), 0)),
    [`divide(row.a, 8, 2, "${mode}")`]: ({ a }) => text(rounded(a, 8n, mode), 2),
  });
});

test("ties are everywhere when halves are divided", () => {
  const compiled = program(MODES.map((mode) => `divide(row.i, 2, 0, "${mode}")`));
  fc.assert(
    fc.property(fc.bigInt({ min: -41n, max: 41n }), (i) => {
      compiled.evaluate(["0", "0", "0", "0", "0", "0", String(i), "0"]);
      for (const [index, mode] of MODES.entries())
        expect(compiled.render(index)?.[0]).toBe(String(rounded(i, 2n, mode)));
    }),
  );
});
