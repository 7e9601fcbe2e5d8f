/** Rounding of exact whole numbers, in the seven modes regulators and databases name. */
import { bigPower, canonical, scaleUp, type Whole } from "./number.ts";

/** Names of the rounding modes; HALF_UP rounds a tie away from zero. */
export const ROUNDING_MODES = ["HALF_UP", "HALF_EVEN", "HALF_DOWN", "UP", "DOWN", "CEILING", "FLOOR"] as const;

/** One of the rounding modes. */
export type RoundingMode = (typeof ROUNDING_MODES)[number];

/** What decides: the sign, whether the kept digits are odd, and how the cut part compares with a half. */
interface Cut {
  readonly negative: boolean;
  readonly odd: boolean;
  /** Below 0: less than half; 0: a tie; above 0: more than half. */
  readonly half: number;
}

const AWAY: Readonly<Record<RoundingMode, (cut: Cut) => boolean>> = {
  HALF_UP: ({ half }) => half >= 0,
  HALF_EVEN: ({ half, odd }) => half > 0 || (half === 0 && odd),
  HALF_DOWN: ({ half }) => half > 0,
  UP: () => true,
  DOWN: () => false,
  CEILING: ({ negative }) => !negative,
  FLOOR: ({ negative }) => negative,
};

/** Takes `digits` decimal digits off the value, rounding. */
export function roundOff(value: Whole, digits: number, mode: RoundingMode): Whole {
  if (typeof value === "number" && digits <= 15) return roundQuotient(value, 10 ** digits, mode);
  return roundQuotient(value, canonical(bigPower(digits)), mode);
}

/** a / b as a decimal, both exact decimals, at `scale` fraction digits; undefined for a zero divisor. `shift` is scale plus b's scale minus a's. */
export function divideDecimal(a: Whole, b: Whole, shift: number, mode: RoundingMode): Whole | undefined {
  if (b === 0) return undefined;
  return shift >= 0 ? roundQuotient(scaleUp(a, shift), b, mode) : roundQuotient(a, scaleUp(b, -shift), mode);
}

/** n / d rounded to a whole number; d is not zero. */
export function roundQuotient(n: Whole, d: Whole, mode: RoundingMode): Whole {
  if (typeof n !== "number" || typeof d !== "number") return roundBigQuotient(BigInt(n), BigInt(d), mode);
  const rest = n % d;
  const quotient = (n - rest) / d;
  if (rest === 0) return quotient;
  const negative = n < 0 !== d < 0;
  // twice a safe number is exact in a double, so the comparison is too
  const cut = { negative, odd: quotient % 2 !== 0, half: 2 * Math.abs(rest) - Math.abs(d) };
  if (!AWAY[mode](cut)) return quotient;
  return negative ? quotient - 1 : quotient + 1;
}

function roundBigQuotient(n: bigint, d: bigint, mode: RoundingMode): Whole {
  if (mode === "HALF_UP") return halfUp(n < 0n ? -n : n, d < 0n ? -d : d, n < 0n !== d < 0n);
  const quotient = n / d;
  const rest = n % d;
  if (rest === 0n) return canonical(quotient);
  const negative = n < 0n !== d < 0n;
  const twice = 2n * (rest < 0n ? -rest : rest) - (d < 0n ? -d : d);
  const cut = { negative, odd: quotient % 2n !== 0n, half: twice < 0n ? -1 : Number(twice > 0n) };
  if (!AWAY[mode](cut)) return canonical(quotient);
  return canonical(negative ? quotient - 1n : quotient + 1n);
}

/** The usual mode with one division: half of the divisor is added first. */
function halfUp(n: bigint, d: bigint, negative: boolean): Whole {
  const quotient = canonical((n + (d >> 1n)) / d);
  return negative && quotient !== 0 ? -quotient : quotient;
}
