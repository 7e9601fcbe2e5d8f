/** Owns the one text that stands for the values a rule `unique` compares. Pure. */

/** A key that differs whenever one of the values does, null among them; null when all values are, as such a row is not compared. */
export function joinedKey(texts: readonly (string | null)[]): string | null {
  const [only = null] = texts;
  if (texts.length === 1) return only;
  let key = "";
  let hasValue = false;
  for (const text of texts) {
    if (text === null) key += "-";
    else {
      hasValue = true;
      key += `${text.length}:${text}`;
    }
  }
  return hasValue ? key : null;
}
