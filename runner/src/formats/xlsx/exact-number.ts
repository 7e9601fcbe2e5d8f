/** Owns which numbers a spreadsheet keeps exactly: those of at most 15 significant digits. */

const maxDigits = 15;
// LibreOffice 7.4 shows 9999999999.99998 as 10000000000.00000, though it holds the number
const nearlyRound = /^9{14}/;

/** The number as a cell may hold it, without closing zeros where it is long; undefined when the cell would lose digits. */
export function exactNumber(text: string): string | undefined {
  if (text.length <= maxDigits) return text;
  const start = text.charCodeAt(0) === 45 ? 1 : 0;
  const hasPoint = text.includes(".");
  const short = hasPoint ? text.replace(/\.?0+$/, "") : text;
  const digits = short.slice(start).replace(".", "").replace(/^0+/, "").replace(/0+$/, "");
  return digits.length < maxDigits || (digits.length === maxDigits && !(hasPoint && nearlyRound.test(digits)))
    ? short
    : undefined;
}
