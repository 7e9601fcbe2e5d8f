/** Owns how text stands in the XML of a workbook, and which text cannot. */

/** Most characters (UTF-16) that a cell may hold. */
export const maxCellLength = 32_767;

// biome-ignore lint/suspicious/noControlCharactersInRegex: XML refuses them
const special = /[\u0000-\u001f&<>\ud800-\udfff\ufffe\uffff]|_x/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML refuses them
const illegal = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const toEscape = /[&<>\r]|_(?=x[0-9A-Fa-f]{4}_)/g;
const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "\r": "&#13;", // as such, a reader would make it a line feed
  _: "_x005F_", // `_x0041_` would be read as A
};

// one set of characters is looked for faster than a set or a pair
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML refuses them
const suspect = /[\u0000-\u001f&<>_\ud800-\udfff\ufffe\uffff]/;

/** True for a text that stands in an element as it is; false for some others as well. */
export function isPlainText(text: string): boolean {
  return text.length <= maxCellLength && !suspect.test(text);
}

/** Text for the content of an element. Quotes need nothing there. */
export function xmlText(text: string): string {
  return special.test(text) ? text.replace(toEscape, (found) => escapes[found] ?? found) : text;
}

/** Text for the value of an attribute. */
export function xmlAttribute(text: string): string {
  return xmlText(text).replaceAll('"', "&quot;");
}

/** Why a cell cannot hold the text, or undefined. */
export function textProblem(text: string): string | undefined {
  if (text.length > maxCellLength)
    return `has ${text.length} characters, and a cell of a workbook holds ${maxCellLength} at most; shorten it, or write it to another format`;
  if (!special.test(text)) return undefined;
  const found = illegal.exec(text)?.[0];
  if (found === undefined && text.isWellFormed()) return undefined;
  const name = found === undefined ? "half of a surrogate pair" : codePointName(found);
  return `holds ${name}, which no cell of a workbook can hold; remove it in the query or by an expression`;
}

function codePointName(character: string): string {
  return `the character U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}
