/** Owns which names of a row may show personal values: columns that say so, and everything computed from them. Pure. */
import type { Definition } from "@openreg/crds";

/** The personal columns of an input, and for that of the record the fields and lookups that mention one, directly or through others. */
export function personalNames(
  definition: Definition,
  input: string,
  columns: readonly { readonly name: string; readonly personal: boolean }[],
): ReadonlySet<string> {
  const names = new Set(columns.filter(({ personal }) => personal).map(({ name }) => name));
  if (input !== definition.record.input) return names;
  for (const { name, value, lookup } of definition.fields) {
    const table = definition.inputs.find((one) => one.name === lookup?.input);
    const looksIntoPersonal = table?.columns?.some(({ personal }) => personal) ?? false;
    const texts = [value ?? "", ...(lookup?.keys.map((key) => key.value) ?? [])];
    if (looksIntoPersonal || texts.some((text) => mentionsAny(text, names))) names.add(name);
  }
  return names;
}

/** Whether an expression has one of these names in it; a text that only looks like one counts too, which masks more, never less. */
export function mentionsAny(expression: string, names: ReadonlySet<string>): boolean {
  return (expression.match(/\w+/g) ?? []).some((word) => names.has(word));
}
