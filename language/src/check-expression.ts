/** Checks one expression of a definition: its type and everything that is wrong with it. */
import { checkSource, expectKind } from "./check.ts";
import { warnIfNull } from "./context.ts";
import { type Diagnostic, newReporter } from "./diagnostic.ts";
import type { Scope } from "./scope.ts";
import type { ExpressionType } from "./value-type.ts";

/** What a place expects; `any` takes every value that can be written, `list` a list too. */
export type Expected = "any" | "list" | "bool" | "string" | "int" | "decimal" | "date" | "timestamp";

/** An expression and where it stands. */
export interface ExpressionSource {
  readonly source: string;
  /** Place in the definition, as in `spec.validation.rules[3].assert`. */
  readonly path: string;
  readonly scope: Scope;
  /** Default `any`. */
  readonly expected?: Expected | undefined;
}

/** The type, undefined when there are errors, and all remarks. */
export interface CheckedExpression {
  readonly type: ExpressionType | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Checks an expression; never throws on what a user wrote, but on a scope whose column types are none. */
export function checkExpression({ source, path, scope, expected = "any" }: ExpressionSource): CheckedExpression {
  const reporter = newReporter(path, source);
  const node = checkSource(source, scope, reporter);
  if (node) expectKind(node, expected, reporter);
  if (node && expected === "bool") warnIfNull({ reporter }, node);
  const { diagnostics } = reporter;
  if (!node || diagnostics.some(({ severity }) => severity === "Error")) return { type: undefined, diagnostics };
  return { type: { type: node.type, nullable: node.nullable, mayFail: node.mayFail }, diagnostics };
}
