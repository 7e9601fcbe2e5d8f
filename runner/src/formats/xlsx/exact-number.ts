/** Owns which numbers a spreadsheet keeps exactly: those of at most 15 significant digits. */

const maxDigits = 15;
// LibreOffice 7.4 shows 9999999999.99998 as 10000000000.00000, though it holds the number
const nearlyRound = /^9{14}/;
const [minus, dot, zero, nine] = [45, 46, 48, 57];

/** The number as a cell may hold it, without closing zeros where it is long; undefined when the cell would lose digits. */
export function exactNumber(text: string): string | undefined {
  if (text.length <= maxDigits) return text;
  const point = text.indexOf(".");
  const first = firstDigit(text);
  const last = lastDigit(text);
  const digits = last - first + (first < point && point < last ? 0 : 1);
  if (digits > maxDigits) return undefined;
  if (point < 0) return text;
  if (digits === maxDigits && text.charCodeAt(first) === nine && isNearlyRound(text.slice(first))) return undefined;
  return text.slice(0, last > point ? last + 1 : point);
}

/** Where the first digit stands that is not zero; behind the text when there is none. */
function firstDigit(text: string): number {
  let at = text.charCodeAt(0) === minus ? 1 : 0;
  while (text.charCodeAt(at) === zero || text.charCodeAt(at) === dot) at += 1;
  return at;
}

/** Where the last digit stands that is not zero; -1 or a sign's place when there is none. */
function lastDigit(text: string): number {
  let at = text.length - 1;
  while (text.charCodeAt(at) === zero || text.charCodeAt(at) === dot) at -= 1;
  return at;
}

function isNearlyRound(digits: string): boolean {
  return nearlyRound.test(digits.replace(".", ""));
}
