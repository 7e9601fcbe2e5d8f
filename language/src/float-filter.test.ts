/** Comparisons of computed decimals: floating point decides most of them, and never another way than plain BigInt arithmetic. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { RUN } from "./outcome.fixture.ts";
import { compileRowProgram } from "./row-program.ts";
import { decimalText } from "./runtime/format.ts";

const COLUMNS = [
  { name: "p", type: "Decimal(30,10)", required: true },
  { name: "q", type: "Decimal(30,8)", required: true },
  { name: "n", type: "Decimal(60,18)", required: true },
  { name: "c", type: "Integer", required: true },
];
const OPERATORS = ["<", "<=", ">", ">="] as const;

/** Comparisons, and the exact difference of their sides in units of 18 fraction digits. */
const FORMS: Record<
  string,
  readonly [left: string, right: string, exact: (p: bigint, q: bigint, n: bigint, c: bigint) => bigint]
> = {
  "a product": ["row.p * row.q", "row.n", (p, q, n) => p * q - n],
  "a sum of products": ["row.p * row.q + row.n", "row.c * row.p", (p, q, n, c) => p * q + n - c * p * 10n ** 8n],
  "a distance": ["abs(row.n - row.p * row.q)", "0.000000000000000001", (p, q, n) => absolute(n - p * q) - 1n],
  "a share": ["-(row.p * row.q)", "0.5 * row.n - 1", (p, q, n) => (-2n * p * q - n + 2n * 10n ** 18n) * 5n],
  "an int": ["row.p * row.q - row.c", "row.n - row.c", (p, q, n) => p * q - n],
  "a cube": ["row.p * row.p * row.q", "row.p * row.n", (p, q, n) => p * p * q - p * n],
};

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function truth(operator: (typeof OPERATORS)[number], difference: bigint): boolean {
  if (operator === "<") return difference < 0n;
  if (operator === "<=") return difference <= 0n;
  return operator === ">" ? difference > 0n : difference >= 0n;
}

const digits = (count: number) =>
  fc.integer({ min: 1, max: count }).chain((size) => fc.bigInt(-(10n ** BigInt(size)) + 1n, 10n ** BigInt(size) - 1n));
// near a tie: n is the product, and something small beside it
const numbers = fc
  .tuple(digits(30), digits(30), fc.oneof(digits(60), fc.bigInt(-3n, 3n), digits(20)), fc.bigInt(-5n, 5n), fc.boolean())
  .map(([p, q, rest, c, isNear]) => ({ p, q, n: isNear ? clamp(p * q + rest) : rest, c }));

function clamp(value: bigint): bigint {
  const most = 10n ** 60n - 1n;
  if (value > most) return most;
  return value < -most ? -most : value;
}

test.each(Object.entries(FORMS))("%s is compared exactly", (_sentence, [left, right, exact]) => {
  const rules = OPERATORS.map((operator) => ({ id: operator, assert: `${left} ${operator} ${right}` }));
  const program = compileRowProgram({ columns: COLUMNS, fields: [], rules, outputs: [], run: RUN });
  const property = fc.property(numbers, ({ p, q, n, c }) => {
    expect(
      program.evaluate([decimalText(p, 10), decimalText(q, 8), decimalText(n, 18), String(c)]),
    ).toBeGreaterThanOrEqual(0);
    const difference = exact(p, q, n, c);
    expect([...program.verdicts]).toEqual(OPERATORS.map((operator) => (truth(operator, difference) ? 0 : 1)));
  });
  fc.assert(property, { numRuns: 1500 });
});

test("what is larger than any double is compared exactly", () => {
  const columns = ["a", "b"].map((name) => ({ name, type: "Decimal(76,0)", required: true }));
  const product = "row.a * row.b";
  const rules = [`${product} < ${product} + 1`, `${product} + 1 > ${product}`, `${product} > ${product} - 1`].map(
    (assert) => ({ id: assert, assert }),
  );
  const program = compileRowProgram({ columns, fields: [], rules, outputs: [], run: RUN });
  expect(program.evaluate(["9".repeat(76), "9".repeat(76)])).toBe(0);
  expect(program.evaluate(["0", "-1"])).toBe(0);
});
