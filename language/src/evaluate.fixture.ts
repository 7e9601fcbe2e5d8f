/** For tests: evaluates one expression outside of any Report, with values bound to names as other implementations of CEL do. */
import { checkSource } from "./check.ts";
import type { Binding } from "./context.ts";
import { newReporter } from "./diagnostic.ts";
import { emit, newProgram } from "./emit.ts";
import { CALLABLE } from "./runtime/library.ts";
import type { Syntax } from "./syntax.ts";
import type { ValueType } from "./value-type.ts";

/** What came of it: refused when it does not compile; a value is a cell. */
export type Evaluated =
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  | { readonly kind: "error"; readonly reason: string }
  | { readonly kind: "value"; readonly type: ValueType; readonly value: unknown };

/** A value written out, for a binding; undefined when the language has no such literal. */
export type Literal = string | bigint | boolean | null | readonly Literal[];

const SPAN = { start: 0, end: 0 };

/** Evaluates with the names bound. */
export function evaluate(source: string, literals: ReadonlyMap<string, Literal> = new Map()): Evaluated {
  const reporter = newReporter("expression", source);
  const scope = { runParameters: [] };
  const bindings = new Map(
    [...literals].map(([name, literal]): [string, Binding] => [name, { element: syntaxOf(literal) }]),
  );
  const node = checkSource(source, scope, reporter, bindings);
  const error = reporter.diagnostics.find(({ severity }) => severity === "Error");
  if (!node || error) return { kind: "refused", code: error?.code ?? "", message: error?.message ?? "" };
  const constants: unknown[] = [];
  const program = newProgram(constants);
  const code = emit(node, { program, source, offset: 0, used: 0 });
  const names = Array.from({ length: program.temporaries }, (_, index) => `,t${index}`).join("");
  const body = `"use strict";let site=0,Q=0${names};${program.functions.join("")}return [${code},site];`;
  const run = new Function(...CALLABLE.keys(), ...constants.map((_, index) => `k${index}`), body);
  const [value, site] = run(...CALLABLE.values(), ...constants) as [unknown, number];
  if (value === undefined) return { kind: "error", reason: program.sites[site]?.sentence ?? "" };
  return { kind: "value", type: node.type, value };
}

function syntaxOf(literal: Literal): Syntax {
  if (literal !== null && typeof literal === "object")
    return { kind: "list", items: literal.map(syntaxOf), span: SPAN };
  return { kind: "literal", value: literal, span: SPAN };
}
