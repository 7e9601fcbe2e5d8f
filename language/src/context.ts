/** What checking carries along: names, remarks, and what is known about nulls at this point of the expression. */
import type { DiagnosticCode, Reporter, Span } from "./diagnostic.ts";
import type { Names } from "./scope.ts";
import type { Syntax } from "./syntax.ts";
import {
  type Code,
  type Comparison,
  type FloatOperation,
  invalid,
  isInvalid,
  isNullLiteral,
  type Node,
  plainBase,
  type Slot,
} from "./typed.ts";
import type { ValueType } from "./value-type.ts";

/** A variable of a macro: it stands for an element written out, checked where the list stands, or for what a loop is at. */
export type Binding =
  | { readonly element: Syntax; readonly context?: Context }
  | { readonly slot: Slot; readonly type: ValueType; readonly nullable: boolean };

/** State of a check; guards add to `certain` and `assumed` for the part they guard. */
export interface Context {
  readonly names: Names;
  readonly reporter: Reporter;
  /** Reads proven not null here, so that no null test is generated. */
  readonly certain: ReadonlySet<string>;
  /** Reads that were guarded or warned about already: tested, but not warned about again. */
  readonly assumed: ReadonlySet<string>;
  readonly bindings: ReadonlyMap<string, Binding>;
  /** Nodes that may still be checked; `exists` and `all` repeat their condition per element. */
  readonly budget: { left: number };
  /** Variables of loops in this expression so far. */
  readonly variables: { count: number };
  /** Loops around this part of the expression. */
  readonly loops: number;
  readonly check: (syntax: Syntax, context: Context) => Node;
}

/** Reports an error and answers the node that stands for it. */
export function fail(
  context: Pick<Context, "reporter">,
  span: Span,
  remark: { code: DiagnosticCode; message: string; hint?: string | undefined },
): Node {
  context.reporter.error(span, remark);
  return invalid(span);
}

/** The context of a part that runs only after `node` was true (or false). */
export function after(context: Context, node: Node, outcome: "whenTrue" | "whenFalse", strict: boolean): Context {
  const facts = node[outcome];
  if (facts.length === 0) return context;
  // && and || go on when their left side fails, so only a left side that cannot fail proves something
  const proven = strict || (!node.mayFail && !node.nullable);
  return {
    ...context,
    certain: proven ? new Set([...context.certain, ...facts]) : context.certain,
    assumed: new Set([...context.assumed, ...facts]),
  };
}

/** An operation on values; see StrictPart. */
export interface Operation {
  readonly span: Span;
  readonly anchor?: Span;
  readonly operands: readonly Node[];
  readonly type: ValueType;
  readonly code: Code;
  readonly failure?: string | undefined;
  /** Operands, by index, that may be null. */
  readonly lenient?: readonly number[];
  /** What it is in floating point. */
  readonly float?: FloatOperation | undefined;
  /** The operator, when it compares two decimals. */
  readonly compares?: Comparison | undefined;
}

/** Builds an operation that needs values, and warns where one may be null. */
export function strict(context: Pick<Context, "reporter">, operation: Operation): Node {
  const { span, operands, type, code, failure, lenient = [], float, compares } = operation;
  if (isInvalid(...operands)) return invalid(span);
  const needed = operands.filter((_, index) => !lenient.includes(index));
  for (const operand of needed) {
    if (isNullLiteral(operand)) {
      return fail(context, operand.span, {
        code: "TypeClash",
        message: "null cannot be used here",
        hint: "compare with == null or != null",
      });
    }
    warnIfNull(context, operand);
  }
  const proves = [...new Set(needed.flatMap((operand) => operand.proves))];
  const mayFail =
    failure !== undefined || operands.some(({ mayFail }) => mayFail) || needed.some(({ nullable }) => nullable);
  return {
    ...plainBase(type, span),
    mayFail,
    proves,
    whenTrue: proves,
    whenFalse: proves,
    kind: "strict",
    operands,
    code,
    failure,
    anchor: operation.anchor ?? span,
    lenient,
    float,
    compares,
  };
}

/** Warns that a null here leaves the result undecided, unless a guard or an earlier warning covers it. */
export function warnIfNull(context: Pick<Context, "reporter">, node: Node): void {
  if (!node.nullable || node.silent) return;
  const { source, offset } = context.reporter;
  const text = source.slice(node.span.start + offset, node.span.end + offset);
  const read = node.kind === "lift" ? node.operand : node;
  const name = read.kind === "read" ? `'${read.label}'` : "this value";
  const hint =
    read.kind === "read"
      ? `write ${text} == null || ..., or ${text} != null && ...`
      : "use coalesce to give it a value";
  context.reporter.warn(node.span, {
    code: "MayBeNull",
    message: `${name} may be null, and then there is no result`,
    hint,
  });
}
