/** Owns how values of a wanted size are made from a sample. */

const fillers = ["a", "0", "A", "b0"];

/** Texts that no filling of a sample reaches. */
const knownTexts = ["2026-04-01T18:00:00Z", "2026-04-01T18:00:00.123456789Z", "Date", "Asia/Tokyo"];

/** A text of a wanted length that matches a pattern, made from a sample; undefined when none is found. */
export function textOfLength(sample: string, length: number, pattern: string | undefined): string | undefined {
  const isFitting = (text: string) =>
    text.length === length && (pattern === undefined || new RegExp(pattern).test(text));
  return [...knownTexts, ...candidates(sample, length)].find(isFitting);
}

function* candidates(sample: string, length: number): Generator<string> {
  yield sample.slice(0, length);
  for (const filler of fillers) {
    const filling = filler.repeat(Math.max(0, length - sample.length)).slice(0, Math.max(0, length - sample.length));
    for (let at = sample.length; at >= 0; at -= 1) yield sample.slice(0, at) + filling + sample.slice(at);
    yield filler.repeat(length).slice(0, length);
  }
}

/** A text as long as the sample that does not match a pattern. */
export function textThatMisses(sample: string, pattern: string): string {
  const misses = ["!", " ", "\n", "/"].map((one) => one + sample.slice(1)).concat(" ".repeat(sample.length));
  const found = misses.find((text) => !new RegExp(pattern).test(text));
  if (found === undefined) throw new Error(`no text is found that misses ${pattern}: add one to textThatMisses`);
  return found;
}

/** A list of a wanted length made of the first item; `key` is made different in each. */
export function longerList(sample: readonly unknown[], length: number, key: string | undefined): readonly unknown[] {
  const [first] = sample;
  return Array.from({ length }, (_, index) => {
    if (key === undefined || index === 0) return first;
    const item = first as Record<string, unknown>;
    return { ...item, [key]: `${item[key]}${letters(index)}` };
  });
}

/** A map of a wanted size whose values are the first one. */
export function longerMap(sample: Readonly<Record<string, unknown>>, size: number): Readonly<Record<string, unknown>> {
  const [first] = Object.values(sample);
  return Object.fromEntries(Array.from({ length: size }, (_, index) => [`key${letters(index)}`, first]));
}

/** A number in letters, because some names take no digits. */
function letters(index: number): string {
  return [...index.toString(10)].map((digit) => "abcdefghij"[Number(digit)]).join("");
}
