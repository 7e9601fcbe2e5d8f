/** Exact whole numbers: a JavaScript number while it is safe, BigInt beyond; ints and scaled decimals alike. */

/** A whole number in its one canonical form, so that `===` and `<` of JavaScript compare exactly. */
export type Whole = number | bigint;

const MAX = Number.MAX_SAFE_INTEGER;
const MAX_BIG = BigInt(MAX);
const INT_MIN = -(2n ** 63n);
const INT_MAX = 2n ** 63n - 1n;
const POWERS = Array.from({ length: 16 }, (_, digits) => 10 ** digits);
const BIG_POWERS = Array.from({ length: 256 }, (_, digits) => 10n ** BigInt(digits));

/** The canonical form of a BigInt. */
export function canonical(value: bigint): Whole {
  return value <= MAX_BIG && value >= -MAX_BIG ? Number(value) : value;
}

/** Whether the value fits 64 bits. */
export function isInt64(value: bigint): boolean {
  return value >= INT_MIN && value <= INT_MAX;
}

/** Ten to the power of `digits`. */
export function bigPower(digits: number): bigint {
  return BIG_POWERS[digits] ?? 10n ** BigInt(digits);
}

/** Exact sum. */
export function add(a: Whole, b: Whole): Whole {
  if (typeof a === "number" && typeof b === "number") {
    const sum = a + b;
    if (sum <= MAX && sum >= -MAX) return sum;
  }
  return canonical(BigInt(a) + BigInt(b));
}

/** Exact difference. */
export function subtract(a: Whole, b: Whole): Whole {
  if (typeof a === "number" && typeof b === "number") {
    const difference = a - b;
    if (difference <= MAX && difference >= -MAX) return difference;
  }
  return canonical(BigInt(a) - BigInt(b));
}

/** Exact product. */
export function multiply(a: Whole, b: Whole): Whole {
  if (typeof a === "number" && typeof b === "number") {
    const product = a * b;
    if (product <= MAX && product >= -MAX) return product;
  }
  return canonical(BigInt(a) * BigInt(b));
}

/** The value with its sign turned. */
export function negate(value: Whole): Whole {
  return -value;
}

/** The value without its sign. */
export function absolute(value: Whole): Whole {
  return value < 0 ? -value : value;
}

/** The value, or undefined when it needs more than 64 bits. */
export function int64(value: Whole): Whole | undefined {
  return typeof value === "number" || isInt64(value) ? value : undefined;
}

/** The value times ten to the power of `digits`: the same decimal at a larger scale. */
export function scaleUp(value: Whole, digits: number): Whole {
  if (digits === 0) return value;
  if (typeof value === "number" && digits <= 15) {
    const product = value * (POWERS[digits] as number);
    if (product <= MAX && product >= -MAX) return product;
  }
  return canonical(BigInt(value) * bigPower(digits));
}

/** Quotient of ints, truncated toward zero; undefined for a zero divisor and for what needs more than 64 bits. */
export function divideInt(a: Whole, b: Whole): Whole | undefined {
  if (b === 0) return undefined;
  if (typeof a === "number" && typeof b === "number") return (a - (a % b)) / b;
  return int64(canonical(BigInt(a) / BigInt(b)));
}

/** Rest of an int division, with the sign of the dividend; undefined for a zero divisor. */
export function restInt(a: Whole, b: Whole): Whole | undefined {
  if (b === 0) return undefined;
  if (typeof a === "number" && typeof b === "number") return a % b;
  return canonical(BigInt(a) % BigInt(b));
}
