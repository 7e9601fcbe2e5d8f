/**
 * Owns how texts stand in an XML document.
 * Line breaks are written as references: a reader would change a CR, and without a LF in it each record is one line.
 */

// without the flag u, both halves of a character beyond U+FFFF are looked at; the slower way tells pairs from halves
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const special = /[\u0000-\u001f&<>"\ud800-\udfff\ufffe\uffff]/;
const escaped = /[\t\n\r&<>"]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

const references: Readonly<Record<string, string>> = {
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Thrown for a character that no XML document can hold. */
export class CharacterRefused extends Error {
  constructor(text: string) {
    const code = forbidden.exec(text)?.[0].codePointAt(0) ?? 0;
    super(
      `holds the character U+${code.toString(16).toUpperCase().padStart(4, "0")}, which XML does not allow; correct the value`,
    );
    this.name = "CharacterRefused";
  }
}

/** The text as content of an element or of an attribute. Throws CharacterRefused. */
export function escapeText(text: string): string {
  return special.test(text) ? escapeSpecial(text) : text;
}

function escapeSpecial(text: string): string {
  if (forbidden.test(text)) throw new CharacterRefused(text);
  return text.replace(escaped, (character) => references[character] as string);
}
