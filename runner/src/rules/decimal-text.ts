/** Owns exact arithmetic on texts of decimal numbers, for totals and limits. Pure. */

/** A decimal number: `units` of 10 to the power of minus `scale`. */
export interface DecimalNumber {
  readonly units: bigint;
  readonly scale: number;
}

/** Reads `-12.50`. Throws RangeError for anything but digits with at most one point. */
export function decimalOf(text: string): DecimalNumber {
  if (!/^-?\d+(\.\d+)?$/.test(text)) throw new RangeError(`${JSON.stringify(text)} is not a decimal number`);
  const point = text.indexOf(".");
  if (point < 0) return { units: BigInt(text), scale: 0 };
  return { units: BigInt(text.slice(0, point) + text.slice(point + 1)), scale: text.length - point - 1 };
}

/** The same number in smaller units. `scale` is not below its own. */
export function unitsAt({ units, scale }: DecimalNumber, wanted: number): bigint {
  return units * 10n ** BigInt(wanted - scale);
}

/** Writes a number with all digits of its scale. */
export function decimalTextOf({ units, scale }: DecimalNumber): string {
  if (scale === 0) return String(units);
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, "0");
  const sign = units < 0n ? "-" : "";
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** The difference of two numbers. */
export function difference(left: DecimalNumber, right: DecimalNumber): DecimalNumber {
  const scale = Math.max(left.scale, right.scale);
  return { units: unitsAt(left, scale) - unitsAt(right, scale), scale };
}

/** Whether a number, without its sign, is more than another. */
export function isFurtherThan(number: DecimalNumber, limit: DecimalNumber): boolean {
  const scale = Math.max(number.scale, limit.scale);
  const units = unitsAt(number, scale);
  return (units < 0n ? -units : units) > unitsAt(limit, scale);
}
