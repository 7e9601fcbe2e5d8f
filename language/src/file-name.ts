/** Judges a rendered file name before anything is written under it or sent with it. */

const MAX_CHARACTERS = 200;
const MAX_BYTES = 255;
/** Names that some systems give to devices, whatever follows the first point. */
const DEVICES =
  /^(?:CON|PRN|AUX|NUL|CLOCK\$|CONIN\$|CONOUT\$|COM[0-9\u00b9\u00b2\u00b3]|LPT[0-9\u00b9\u00b2\u00b3])(?:\.|$)/i;

/** What is refused, with the reason as a sentence's end; asked in order. */
const REASONS: readonly (readonly [(name: string) => boolean, string])[] = [
  [(name) => name === "", "it is empty"],
  [(name) => !name.isWellFormed(), "it holds half of a character"],
  [(name) => /[/\\]/.test(name), "it holds a path separator"],
  [(name) => /\p{Cc}/u.test(name), "it holds a control character"],
  [(name) => /[\p{Cf}\p{Zl}\p{Zp}]/u.test(name), "it holds an invisible or direction character"],
  [(name) => name.includes(".."), "it holds '..'"],
  [(name) => name.startsWith("."), "it begins with a point"],
  [(name) => name.startsWith("-"), "it begins with a dash"],
  [(name) => /^\s|\s$/u.test(name) || name.endsWith("."), "it begins or ends with a space, or ends with a point"],
  [(name) => /[<>:"|?*]/.test(name), 'it holds one of < > : " | ? *'],
  [(name) => DEVICES.test(name), "it is the name of a device on some systems"],
  [(name) => Array.from(name).length > MAX_CHARACTERS, `it is longer than ${MAX_CHARACTERS} characters`],
  [(name) => bytesOf(name) > MAX_BYTES, `it is longer than ${MAX_BYTES} bytes`],
];

/** Why a file name is refused, as in `it holds a path separator`; undefined when it is fine. */
export function checkFileName(name: string): string | undefined {
  return REASONS.find(([refused]) => refused(name))?.[1];
}

/** Bytes of the name in UTF-8. */
function bytesOf(name: string): number {
  return Array.from(name).reduce((sum, point) => sum + bytesOfPoint(point.codePointAt(0) ?? 0), 0);
}

function bytesOfPoint(code: number): number {
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}
