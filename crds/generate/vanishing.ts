/** Owns the refusal of what zod checks in code only: it would vanish from the JSON schema without a word. */
import type { z } from "zod";
import { GeneratorError } from "./generator-error.ts";

/** The part of zod's definitions that is looked at; zod keeps it below `_zod.def` of every schema and check. */
interface Definition {
  readonly type: string;
  readonly checks?: readonly { readonly _zod: { readonly def: CheckDefinition } }[];
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly innerType?: z.ZodType;
}

interface CheckDefinition {
  readonly check: string;
  readonly format?: string;
  readonly inclusive?: boolean;
  readonly pattern?: RegExp;
}

/** What arrives in the JSON schema, or is refused there by name. */
const visibleTypes = new Set([
  "object",
  "array",
  "record",
  "optional",
  "default",
  "string",
  "number",
  "boolean",
  "enum",
  "unknown",
]);

/** What is refused by its JSON schema, where the message is better. */
const refusedLater = new Set(["union", "lazy", "nullable", "literal"]);

const visibleChecks = new Set(["min_length", "max_length", "greater_than", "less_than", "number_format"]);

/** Walks a zod schema; throws GeneratorError, with the path, at the first transform, refinement or other check that only code knows. */
export function refuseVanishing(schema: z.ZodType, path: string): void {
  refuseBelow(schema, path, []);
}

function refuseBelow(schema: z.ZodType, path: string, above: readonly z.ZodType[]): void {
  if (above.includes(schema)) throw new GeneratorError(path, "$ref is not structural: a schema cannot hold itself");
  const definition = schema._zod.def as unknown as Definition;
  const here = [...above, schema];
  if (refusedLater.has(definition.type)) return;
  if (!visibleTypes.has(definition.type)) {
    throw new GeneratorError(path, `a ${definition.type} is known to zod only: write it as bounds or as a CEL rule`);
  }
  for (const check of definition.checks ?? []) refuseCheck(check._zod.def, path);
  for (const [name, member] of Object.entries(definition.shape ?? {})) refuseBelow(member, `${path}.${name}`, here);
  if (definition.element) refuseBelow(definition.element, `${path}[]`, here);
  if (definition.valueType) refuseBelow(definition.valueType, `${path}{}`, here);
  if (definition.innerType) refuseBelow(definition.innerType, path, here);
}

function refuseCheck(definition: CheckDefinition, path: string): void {
  const { check, format, pattern } = definition;
  if (check === "string_format" && format === "regex") {
    if (pattern?.flags) throw new GeneratorError(path, `the flags '${pattern.flags}' of ${pattern} vanish: write none`);
    return;
  }
  if (!visibleChecks.has(check)) {
    const name = check === "custom" ? "refinement" : check === "overwrite" ? "transform" : check;
    throw new GeneratorError(path, `a ${name} is known to zod only: write it as bounds or as a CEL rule`);
  }
}
