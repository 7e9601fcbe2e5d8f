/** The syntax tree of an expression, ours, so that the parser behind it can be replaced. */
import type { Span } from "./diagnostic.ts";

/** Operators between two operands. */
export type BinaryOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "&&" | "||" | "+" | "-" | "*" | "/" | "%" | "in";

/** One node; `span` covers it in the source, `anchor` is the part an error points at. */
export type Syntax =
  | { readonly kind: "literal"; readonly value: string | bigint | boolean | null; readonly span: Span }
  | { readonly kind: "decimal"; readonly text: string; readonly span: Span }
  | { readonly kind: "name"; readonly name: string; readonly span: Span }
  | {
      readonly kind: "member";
      readonly object: Syntax;
      readonly name: string;
      readonly anchor: Span;
      readonly span: Span;
    }
  | { readonly kind: "index"; readonly object: Syntax; readonly index: Syntax; readonly span: Span }
  | CallSyntax
  | { readonly kind: "list"; readonly items: readonly Syntax[]; readonly span: Span }
  | {
      readonly kind: "unary";
      readonly operator: "!" | "-";
      readonly operand: Syntax;
      readonly anchor: Span;
      readonly span: Span;
    }
  | BinarySyntax
  | {
      readonly kind: "choice";
      readonly test: Syntax;
      readonly positive: Syntax;
      readonly negative: Syntax;
      readonly span: Span;
    }
  /** `body` with a variable that stands for `element`: one turn of exists or all. */
  | {
      readonly kind: "bound";
      readonly name: string;
      readonly element: Syntax;
      readonly body: Syntax;
      readonly span: Span;
    }
  | { readonly kind: "refused"; readonly span: Span };

/** A call of a function, or of a method when there is a receiver. */
export interface CallSyntax {
  readonly kind: "call";
  readonly name: string;
  readonly receiver: Syntax | undefined;
  readonly args: readonly Syntax[];
  readonly anchor: Span;
  readonly span: Span;
}

/** Two operands; `anchor` is the operator, `mixed` says that `==` and `<` meet without parentheses. */
export interface BinarySyntax {
  readonly kind: "binary";
  readonly operator: BinaryOperator;
  readonly left: Syntax;
  readonly right: Syntax;
  readonly mixed: boolean;
  readonly anchor: Span;
  readonly span: Span;
}
