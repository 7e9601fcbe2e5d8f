/** Owns how the words of the checker become problems: line, element and reason, never a value, which may be personal. */

/** What a checker found. */
export interface SchemaProblem {
  /** Line of the document, from 1. */
  readonly line: number;
  /** Name of the element, with `@attribute` where one is meant; undefined when the document is not well-formed. */
  readonly element: string | undefined;
  readonly message: string;
}

const start = /^-:([0-9]+): (?:element [^:]+: )?(Schemas validity|parser|namespace)[ \w]*error : /;
const subject = /^Element '(?:\{[^}]*\})?([^']*)'(?:, attribute '(?:\{[^}]*\})?([^']*)')?: /;

// Greedy: a value may hold quotes and line breaks, the words behind it are the checker's own.
const values: readonly (readonly [RegExp, string])[] = [
  [/The value '[\s\S]*' (?=is |has |must |does )/, "The value "],
  [/^(\[facet '\w+'\] )?'[\s\S]*' (?=is not a valid value)/, "$1The value "],
  [/key-sequence \[[\s\S]*\](?= (?:in|of|for) )/, "key-sequence"],
];

/** Whether a line of the checker begins a problem; the others go on with the one before. */
export function beginsProblem(line: string): boolean {
  return start.test(line);
}

/** Reads the lines of one problem. */
export function readProblem(text: string): SchemaProblem {
  const [head, line, kind] = start.exec(text) ?? ["", "0", ""];
  const rest = text.slice(head.length);
  // what follows in other lines is the place in the document, with its texts
  if (kind !== "Schemas validity") return { line: Number(line), element: undefined, message: firstLine(rest) };
  const [named, name, attribute] = subject.exec(rest) ?? ["", undefined, undefined];
  const element = attribute === undefined ? name : `${name}@${attribute}`;
  return { line: Number(line), element, message: masked(rest.slice(named.length)) };
}

function masked(message: string): string {
  let text = message;
  for (const [value, words] of values) text = text.replace(value, words);
  // a text that was cut has no end to know the value by
  return text
    .replace(/(The value) '[\s\S]*$/, "$1 is not allowed")
    .replace(/^'[\s\S]*$/, "The value is not allowed")
    .trim();
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]?.trim() ?? "";
}
