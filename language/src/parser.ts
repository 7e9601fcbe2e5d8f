/** The only file that knows the parser library: text in, our own syntax tree or remarks out. */
import { type ASTNode, Environment, ParseError } from "@marcbachmann/cel-js";
import type { Reporter, Span } from "./diagnostic.ts";
import { isMixedComparison, operatorSpan } from "./operator-place.ts";
import type { BinaryOperator, Syntax } from "./syntax.ts";
import { explainSyntaxError } from "./syntax-error.ts";

/** Longest expression, in UTF-16 units. */
export const MAX_LENGTH = 4096;
const MAX_DEPTH = 250;

const library = new Environment({
  limits: { maxAstNodes: 5000, maxDepth: 100, maxListElements: 1000, maxCallArguments: 32 },
});

/** Parses an expression; what is wrong goes to the reporter, and undefined comes back. */
export function parse(text: string, reporter: Reporter): Syntax | undefined {
  const whole = { start: 0, end: text.length };
  if (text.length > MAX_LENGTH) {
    reporter.error(
      { start: 0, end: 1 },
      {
        code: "TooLong",
        message: `the expression is longer than ${MAX_LENGTH} characters`,
        hint: "compute parts of it in fields",
      },
    );
    return undefined;
  }
  if (text.trim() === "") {
    reporter.error(whole, { code: "Syntax", message: "the expression is empty" });
    return undefined;
  }
  try {
    return convert(library.parse(text).ast, { text, reporter, depth: 0 });
  } catch (error) {
    if (error instanceof ParseError) {
      const span = error.range ?? whole;
      reporter.error(span, explainSyntaxError({ code: error.code, summary: error.summary, span, text }));
    } else if (error instanceof TooDeep || error instanceof RangeError) {
      reporter.error(
        { start: 0, end: 1 },
        { code: "TooComplex", message: "the expression is nested too deeply", hint: "compute parts of it in fields" },
      );
    } else {
      throw error;
    }
    return undefined;
  }
}

class TooDeep extends Error {}

interface Conversion {
  readonly text: string;
  readonly reporter: Reporter;
  readonly depth: number;
}

function convert(node: ASTNode, outer: Conversion): Syntax {
  if (outer.depth > MAX_DEPTH) throw new TooDeep();
  const context = { ...outer, depth: outer.depth + 1 };
  const span = { start: node.start, end: node.end };
  switch (node.op) {
    case "value":
      return literal(node.args, span, context);
    case "id":
      return { kind: "name", name: node.args, span };
    case ".":
      return {
        kind: "member",
        object: convert(node.args[0], context),
        name: node.args[1],
        anchor: { start: node.pos, end: node.end },
        span,
      };
    case "[]":
      return { kind: "index", object: convert(node.args[0], context), index: convert(node.args[1], context), span };
    case "list":
      return { kind: "list", items: node.args.map((item) => convert(item, context)), span };
    case "?:":
      return choice(node.args, span, context);
    case "!_":
    case "-_":
      return {
        kind: "unary",
        operator: node.op === "!_" ? "!" : "-",
        operand: convert(node.args, context),
        anchor: { start: node.start, end: node.start + 1 },
        span,
      };
    default:
      return convertRest(node, span, context);
  }
}

function choice(
  [test, positive, negative]: readonly [ASTNode, ASTNode, ASTNode],
  span: Span,
  context: Conversion,
): Syntax {
  return {
    kind: "choice",
    test: convert(test, context),
    positive: convert(positive, context),
    negative: convert(negative, context),
    span,
  };
}

function convertRest(node: ASTNode, span: Span, context: Conversion): Syntax {
  switch (node.op) {
    case "call":
      return call(node.args[0], undefined, node.args[1], { span, context });
    case "rcall":
      return call(node.args[0], node.args[1], node.args[2], { span, context });
    case "map":
      return refused(span, context, "maps are not supported");
    case ".?":
    case "[?]":
      return refused(span, context, "optional access is not supported");
    case "&&":
    case "||":
      return balanced(spine(node, node.op), node.op, context);
    default:
      return binary(node.op as BinaryOperator, node.args as [ASTNode, ASTNode], span, context);
  }
}

function call(
  name: string,
  receiver: ASTNode | undefined,
  args: readonly ASTNode[],
  { span, context }: { readonly span: Span; readonly context: Conversion },
): Syntax {
  // the receiver may stand in parentheses and hold any text, so the name is looked for behind it
  const from = receiver ? context.text.indexOf(name, receiver.end) : span.start;
  const start = from < 0 ? span.start : from;
  return {
    kind: "call",
    name,
    receiver: receiver && convert(receiver, context),
    args: args.map((arg) => convert(arg, context)),
    anchor: { start, end: start + name.length },
    span,
  };
}

function binary(
  operator: BinaryOperator,
  [left, right]: readonly [ASTNode, ASTNode],
  span: Span,
  context: Conversion,
): Syntax {
  const anchor = operatorSpan(context.text, operator, left, right);
  return {
    kind: "binary",
    operator,
    left: convert(left, context),
    right: convert(right, context),
    mixed: isMixedComparison(context.text, { operator, left, right }),
    anchor,
    span,
  };
}

/** The operands of `a && b && c`, without recursion: such chains are long in practice. */
function spine(node: ASTNode, operator: "&&" | "||"): ASTNode[] {
  const operands: ASTNode[] = [];
  let rest: ASTNode = node;
  while (rest.op === operator) {
    const [left, right] = rest.args as [ASTNode, ASTNode];
    operands.push(right);
    rest = left;
  }
  operands.push(rest);
  return operands.reverse();
}

/** Joins the operands as a balanced tree: `&&` and `||` are associative, and depth stays logarithmic. */
function balanced(operands: readonly ASTNode[], operator: "&&" | "||", context: Conversion): Syntax {
  const first = operands[0] as ASTNode;
  if (operands.length === 1) return convert(first, context);
  const middle = Math.ceil(operands.length / 2);
  const left = operands[middle - 1] as ASTNode;
  const right = operands[middle] as ASTNode;
  const last = operands[operands.length - 1] as ASTNode;
  return {
    kind: "binary",
    operator,
    left: balanced(operands.slice(0, middle), operator, context),
    right: balanced(operands.slice(middle), operator, context),
    mixed: false,
    anchor: operatorSpan(context.text, operator, left, right),
    span: { start: first.start, end: last.end },
  };
}

function literal(value: unknown, span: Span, context: Conversion): Syntax {
  if (value === null || typeof value === "string" || typeof value === "boolean" || typeof value === "bigint") {
    return { kind: "literal", value, span };
  }
  if (typeof value !== "number") {
    const what = value instanceof Uint8Array ? "bytes are" : "unsigned integers are";
    return refused(span, context, `${what} not supported`);
  }
  const text = context.text.slice(span.start, span.end);
  if (/^[0-9]+\.[0-9]+$/.test(text)) return { kind: "decimal", text, span };
  return refused(span, context, "numbers with an exponent are not supported", "write all digits: 1000.0 or 0.001");
}

function refused(span: Span, context: Conversion, message: string, hint?: string): Syntax {
  context.reporter.error(span, { code: "NotSupported", message, hint });
  return { kind: "refused", span };
}
