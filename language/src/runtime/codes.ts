/** Identifiers and codes of regulatory reports, with their check digits. */
import { COUNTRIES, CURRENCIES } from "./iso-codes.ts";

/** A legal entity identifier: ISO 17442, 20 characters, check digits by ISO 7064 MOD 97-10. */
export function isLEI(text: string): boolean {
  if (text.length !== 20) return false;
  let rest = 0;
  for (let at = 0; at < 18; at += 3) {
    const [a, b, c] = [valueAt(text, at), valueAt(text, at + 1), valueAt(text, at + 2)];
    if (a < 0 || b < 0 || c < 0) return false;
    rest = shifted(shifted(shifted(rest, a), b), c) % 97; // three at a time stay a small integer
  }
  const [tens, ones] = [valueAt(text, 18), valueAt(text, 19)];
  if (tens < 0 || tens > 9 || ones < 0 || ones > 9) return false;
  return (rest * 100 + tens * 10 + ones) % 97 === 1;
}

// a letter is a number of two digits
const SHIFTS = Uint8Array.from({ length: 36 }, (_, value) => (value > 9 ? 100 : 10));

function shifted(rest: number, value: number): number {
  return rest * (SHIFTS[value] as number) + value;
}

/** A securities identifier: ISO 6166, two letters, nine characters, a check digit by Luhn over the letters as numbers. */
export function isISIN(text: string): boolean {
  if (text.length !== 12) return false;
  let sum = 0;
  let double = false;
  for (let at = 11; at >= 0; at--) {
    const value = valueAt(text, at);
    if (value < 0 || (at < 2 && value < 10) || (at === 11 && value > 9)) return false;
    sum += luhn(value % 10, double);
    if (value > 9) sum += luhn(Math.floor(value / 10), !double);
    else double = !double;
  }
  return sum % 10 === 0;
}

function luhn(digit: number, double: boolean): number {
  if (!double) return digit;
  return digit > 4 ? digit * 2 - 9 : digit * 2;
}

/** Of each character's code: 0 to 9 and A to Z as 0 to 35; -1 for anything else. */
const VALUES = Int8Array.from({ length: 128 }, (_, code) => {
  if (code >= 48 && code <= 57) return code - 48;
  return code >= 65 && code <= 90 ? code - 55 : -1;
});

function valueAt(text: string, at: number): number {
  return VALUES[text.charCodeAt(at)] ?? -1;
}

/** The form of a market identifier, ISO 10383: four capitals or digits. Whether it is assigned is not known here. */
export function isMIC(text: string): boolean {
  return /^[A-Z0-9]{4}$/.test(text);
}

/** The form of a classification of instruments, ISO 10962: six capitals. */
export function isCFI(text: string): boolean {
  return /^[A-Z]{6}$/.test(text);
}

/** The form of a transaction identifier, ISO 23897: the LEI of who made it, then up to 32 capitals or digits. */
export function isUTI(text: string): boolean {
  return /^[A-Z0-9]{18}[0-9]{2}[A-Z0-9]{0,32}$/.test(text) && isLEI(text.slice(0, 20));
}

/** An active currency code of ISO 4217. */
export function isCurrency(text: string): boolean {
  return CURRENCIES.has(text);
}

/** An assigned two-letter country code of ISO 3166-1. */
export function isCountry(text: string): boolean {
  return COUNTRIES.has(text);
}
