/** Owns how a number of rows is written. */

/** With commas between thousands. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}
