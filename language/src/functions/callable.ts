/** What a function of the language is, and how the simple ones are declared. */
import { type Context, fail, type Operation, strict } from "../context.ts";
import type { Span } from "../diagnostic.ts";
import type { CallSyntax, Syntax } from "../syntax.ts";
import { type Code, type Constant, invalid, isInvalid, type Node } from "../typed.ts";
import { describeType, isNumeric, type ValueType } from "../value-type.ts";

/** One call being checked; the receiver of a method is the first argument. */
export interface Call {
  readonly syntax: CallSyntax;
  readonly args: readonly Syntax[];
  readonly context: Context;
}

/** A function or method; `usage` shows how to call it, `check` gives the call its type. */
export interface Callable {
  readonly name: string;
  readonly form: "function" | "method" | "either";
  readonly usage: string;
  /** Fewest and most arguments, the receiver of a method included. */
  readonly count: readonly [number, number];
  readonly check: (call: Call) => Node;
}

/** What an argument must be; `number` is int or decimal, `day` date or timestamp. */
export type Wanted = "texts" | "string" | "int" | "decimal" | "bool" | "date" | "timestamp" | "number" | "day";

/** A function whose arguments have fixed kinds and whose code is one JavaScript expression. */
export interface SimpleCallable {
  readonly name: string;
  readonly form: Callable["form"];
  readonly usage: string;
  readonly wanted: readonly Wanted[];
  /** Fewest arguments; default all of `wanted`. */
  readonly least?: number;
  readonly type: ValueType;
  readonly code: Code;
  readonly failure?: string;
}

/** Declares a simple function. */
export function simple({ name, form, usage, wanted, least, type, code, failure }: SimpleCallable): Callable {
  return {
    name,
    form,
    usage,
    count: [least ?? wanted.length, wanted.length],
    check: (call) => operation(call, checkArguments(call, wanted), { type, code, failure }),
  };
}

/** Checks the arguments and reports those of another kind; an invalid node stands for each. */
export function checkArguments(call: Call, wanted: readonly Wanted[]): readonly Node[] {
  return call.args.map((arg, index) => {
    const node = call.context.check(arg, call.context);
    const want = wanted[index];
    if (want === undefined || isInvalid(node) || node.type.kind === "null" || fits(node.type, want)) return node;
    return wrongArgument(call, node, want);
  });
}

/** Builds the operation of a call. */
export function operation(
  { syntax, context }: Call,
  operands: readonly Node[],
  result: Pick<Operation, "type" | "code" | "failure" | "float">,
): Node {
  return strict(context, { span: syntax.span, anchor: syntax.anchor, operands, ...result });
}

/** Reports an argument of the wrong kind. */
export function wrongArgument({ syntax, context }: Call, node: Node, want: string): Node {
  const message = `'${syntax.name}' needs ${phraseOf(want)} here but has ${describeType(node.type)}`;
  const hint = node.type.kind === "string" || want !== "string" ? undefined : "use string(x)";
  return fail(context, node.span, { code: "TypeClash", message, hint });
}

/** The constant value of an argument, or undefined after reporting that it must be a literal. */
export function literalArgument(
  { syntax, context }: Call,
  node: Node,
  accepts: (value: Constant) => boolean,
  what: string,
): Constant | undefined {
  if (node.kind === "constant" && accepts(node.value)) return node.value;
  if (!isInvalid(node)) {
    context.reporter.error(node.span, {
      code: "LiteralNeeded",
      message: `'${syntax.name}' needs ${what} here, written out`,
    });
  }
  return undefined;
}

/** An integer literal between two bounds, or undefined after reporting. */
export function literalInteger(call: Call, node: Node, [least, most]: readonly [number, number]): number | undefined {
  const accepts = (value: Constant) =>
    typeof value === "number" && node.type.kind === "int" && value >= least && value <= most;
  return literalArgument(call, node, accepts, `a whole number from ${least} to ${most}`) as number | undefined;
}

/** The node that stands for a wrong call. */
export function invalidCall(span: { readonly span: Span }): Node {
  return invalid(span.span);
}

function fits(type: ValueType, want: Wanted): boolean {
  if (want === "number") return isNumeric(type);
  if (want === "day") return type.kind === "date" || type.kind === "timestamp";
  if (want === "texts") return type.kind === "list" && isText(type.element);
  return type.kind === want;
}

function isText({ kind }: ValueType): boolean {
  return kind === "string" || kind === "null"; // null: of an empty list
}

function phraseOf(want: string): string {
  if (want === "number") return "a number";
  if (want === "texts") return "a list of strings";
  if (want === "day") return "a date or timestamp";
  return want === "int" ? "an int" : `a ${want}`;
}
