/** The checked tree: every node knows its type, whether it may be null or fail, and what it proves about others. */
import type { Span } from "./diagnostic.ts";
import { type ExpressionType, INVALID, NULL, type ValueType } from "./value-type.ts";

/** A constant at run time: text, number while safe, BigInt beyond, boolean or null. */
export type Constant = string | number | bigint | boolean | null;

/** How a loop over a list ends. */
export type LoopMode = "exists" | "all" | "exists_one" | "map" | "filter";

/** Constants too large for the program text, such as regular expressions and sets; `add` answers their name. */
export interface Pool {
  add(value: unknown): string;
}

/** Writes JavaScript for an operation whose operands are given as JavaScript. */
export type Code = (operands: readonly string[], pool: Pool) => string;

/** Where a value is read from; the index counts in the order of the scope, that of a variable within its expression. */
export interface Slot {
  readonly from: "column" | "field" | "lookup" | "record" | "run" | "part" | "variable";
  readonly index: number;
}

interface Facts {
  /** Keys of reads that are not null whenever this node has a value. */
  readonly proves: readonly string[];
  /** The same, when the value is true or false. */
  readonly whenTrue: readonly string[];
  readonly whenFalse: readonly string[];
}

/** What all nodes have; `silent` means a null here has been warned about or is guarded. */
export interface NodeBase extends ExpressionType, Facts {
  readonly span: Span;
  readonly silent: boolean;
  /** Nullable by declaration, whatever guards say. */
  readonly declaredNullable: boolean;
}

/** A checked node; the operations differ in how null and errors pass through them. */
export type Node = NodeBase &
  (
    | { readonly kind: "constant"; readonly value: Constant }
    | { readonly kind: "read"; readonly slot: Slot; readonly label: string }
    | { readonly kind: "logic"; readonly operator: "&&" | "||"; readonly left: Node; readonly right: Node }
    | { readonly kind: "choice"; readonly test: Node; readonly positive: Node; readonly negative: Node }
    | { readonly kind: "equal"; readonly negated: boolean; readonly left: Node; readonly right: Node }
    | { readonly kind: "member"; readonly left: Node; readonly items: readonly Node[] }
    | { readonly kind: "coalesce"; readonly items: readonly Node[] }
    /** `digits` says that it only multiplies by ten to their power. */
    | { readonly kind: "lift"; readonly operand: Node; readonly code: Code; readonly digits?: number }
    | LoopPart
    | StrictPart
  );

/** `body` for each element of a list, which the variable stands for. */
export interface LoopPart {
  readonly kind: "loop";
  readonly mode: LoopMode;
  readonly list: Node;
  readonly variable: Slot;
  readonly body: Node;
}

/** An operation that needs values: null in an operand is an error, `failure` says what undefined means. */
export interface StrictPart {
  readonly kind: "strict";
  readonly operands: readonly Node[];
  readonly code: Code;
  readonly failure: string | undefined;
  readonly anchor: Span;
  /** Operands, by index, that may be null. */
  readonly lenient?: readonly number[] | undefined;
  /** What it is in floating point. */
  readonly float?: FloatOperation | undefined;
  /** The operator, when it compares two decimals. */
  readonly compares?: Comparison | undefined;
}

/** Arithmetic that floating point can do approximately. */
export type FloatOperation = "add" | "subtract" | "multiply" | "absolute" | "negate";

/** Operators of order. */
export type Comparison = "<" | "<=" | ">" | ">=";

const NOTHING: readonly string[] = [];

/** Defaults of a node that is never null, never fails and proves nothing. */
export function plainBase(type: ValueType, span: Span): NodeBase {
  return {
    type,
    span,
    nullable: false,
    declaredNullable: false,
    mayFail: false,
    silent: false,
    proves: NOTHING,
    whenTrue: NOTHING,
    whenFalse: NOTHING,
  };
}

/** A constant node. */
export function constant(value: Constant, type: ValueType, span: Span): Node {
  const isNull = value === null;
  return { ...plainBase(type, span), nullable: isNull, declaredNullable: isNull, kind: "constant", value };
}

/** Stands for something already reported; nothing is reported about it again. */
export function invalid(span: Span): Node {
  return { ...constant(null, INVALID, span), nullable: false };
}

/** Whether the node is the literal null. */
export function isNullLiteral(node: Node): boolean {
  return node.kind === "constant" && node.type.kind === NULL.kind;
}

/** Whether the node, or one of them, was already reported as wrong. */
export function isInvalid(...nodes: readonly Node[]): boolean {
  return nodes.some((node) => node.type.kind === "invalid");
}

/** Members of both lists. */
export function both(a: readonly string[], b: readonly string[]): readonly string[] {
  return a.filter((key) => b.includes(key));
}
