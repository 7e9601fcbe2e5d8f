/** Checks `+ - * / %` and the minus sign: ints within 64 bits, decimals exact, texts joined. */
import { joinLists } from "./check-list.ts";
import { checkMoment } from "./check-moment.ts";
import { type Context, fail, strict } from "./context.ts";
import type { Span } from "./diagnostic.ts";
import { atScale } from "./rescale.ts";
import { canonical, isInt64, negate, type Whole } from "./runtime/number.ts";
import type { BinarySyntax, Syntax } from "./syntax.ts";
import { type Code, constant, invalid, isInvalid, isNullLiteral, type Node } from "./typed.ts";
import {
  decimalOf,
  describeType,
  INT,
  isNumeric,
  MAX_PRECISION,
  precisionOf,
  SAFE_DIGITS,
  STRING,
  scaleOf,
  type ValueType,
} from "./value-type.ts";

/** Checks one arithmetic operation. */
export function checkArithmetic(syntax: BinarySyntax, context: Context): Node {
  const left = context.check(syntax.left, context);
  const right = context.check(syntax.right, context);
  if (isInvalid(left, right)) return invalid(syntax.span);
  if (left.type.kind === "string" && right.type.kind === "string" && syntax.operator === "+") {
    const code: Code = ([a, b]) => `(${a}+${b})`;
    return strict(context, { span: syntax.span, operands: [left, right], type: STRING, code });
  }
  const other = checkMoment(syntax, [left, right], context) ?? listSum(syntax, [left, right], context);
  if (other) return other;
  if (!isNumeric(left.type) || !isNumeric(right.type)) return clash(syntax, left, right, context);
  if (left.type.kind === "int" && right.type.kind === "int") return intOperation(syntax, [left, right], context);
  return decimalOperation(syntax, [left, right], context);
}

function listSum(syntax: BinarySyntax, sides: readonly [Node, Node], context: Context): Node | undefined {
  const isList = sides.every(({ type }) => type.kind === "list");
  return isList && syntax.operator === "+" ? joinLists(syntax, sides, context) : undefined;
}

/** Checks `-x`; a literal takes the sign in, so that the smallest int can be written. */
export function checkNegative(syntax: Extract<Syntax, { kind: "unary" }>, context: Context): Node {
  const { operand, span, anchor } = syntax;
  if (operand.kind === "literal" && typeof operand.value === "bigint" && isInt64(-operand.value)) {
    return constant(canonical(-operand.value), INT, span);
  }
  const node = context.check(operand, context);
  if (isInvalid(node)) return node;
  if (!isNumeric(node.type)) {
    return fail(context, anchor, { code: "TypeClash", message: `'-' needs a number but has ${nameType(node)}` });
  }
  if (node.kind === "constant") return negativeConstant(node.value as Whole, node, { anchor, context });
  if (node.type.kind === "decimal") {
    return strict(context, { span, operands: [node], type: node.type, code: ([a]) => `(-${a})`, float: "negate" });
  }
  return strict(context, {
    span,
    anchor,
    operands: [node],
    type: INT,
    code: ([a]) => `int64(-${a})`,
    failure: "the int does not fit 64 bits",
  });
}

function negativeConstant(
  value: Whole,
  { type, span }: Node,
  { anchor, context }: { readonly anchor: Span; readonly context: Context },
): Node {
  const negated = negate(value);
  if (type.kind !== "int" || isInt64(BigInt(negated))) return constant(negated, type, { ...span, start: anchor.start });
  return fail(context, anchor, { code: "BadConstant", message: "the number does not fit an int of 64 bits" });
}

const FUNCTION_OF = new Map<string, "add" | "subtract" | "multiply">([
  ["+", "add"],
  ["-", "subtract"],
  ["*", "multiply"],
]);

function intOperation(syntax: BinarySyntax, operands: readonly [Node, Node], context: Context): Node {
  const { operator, span, anchor } = syntax;
  if (operator === "/" || operator === "%") return intDivision(syntax, operands, context);
  const code: Code = ([a, b]) => `int64(${FUNCTION_OF.get(operator)}(${a},${b}))`;
  return strict(context, { span, anchor, operands, type: INT, code, failure: "the int result does not fit 64 bits" });
}

function intDivision(
  { operator, span, anchor }: BinarySyntax,
  operands: readonly [Node, Node],
  context: Context,
): Node {
  const divisor = operands[1];
  if (divisor.kind === "constant" && divisor.value === 0) {
    return fail(context, divisor.span, { code: "BadConstant", message: "division by zero" });
  }
  const name = operator === "/" ? "divideInt" : "restInt";
  const safe = divisor.kind === "constant" && divisor.value !== -1;
  return strict(context, {
    span,
    anchor,
    operands,
    type: INT,
    code: ([a, b]) => `${name}(${a},${b})`,
    failure: safe
      ? undefined
      : operator === "/"
        ? "division by zero, or the int result does not fit 64 bits"
        : "division by zero",
  });
}

function decimalOperation(syntax: BinarySyntax, [left, right]: readonly [Node, Node], context: Context): Node {
  const { operator, span, anchor } = syntax;
  if (operator === "/" || operator === "%") {
    const hint = operator === "/" ? "use divide(a, b, scale)" : "there is no remainder of decimals";
    return fail(context, anchor, {
      code: "DecimalDivision",
      message: `'${operator}' on decimals would not be exact`,
      hint,
    });
  }
  const type = operator === "*" ? productType(left.type, right.type) : sumType(left.type, right.type);
  if (type.precision > MAX_PRECISION) {
    return fail(context, anchor, {
      code: "TooManyDigits",
      message: `the result may need ${type.precision} digits, more than ${MAX_PRECISION}`,
      hint: "use round(x, scale) on the operands",
    });
  }
  const operands = operator === "*" ? [left, right] : [atScale(left, type.scale), atScale(right, type.scale)];
  const name = FUNCTION_OF.get(operator);
  // results of so few digits are always safe numbers, and so are their operands
  const code: Code =
    type.precision <= SAFE_DIGITS ? ([a, b]) => `(${a}${operator}${b})` : ([a, b]) => `${name}(${a},${b})`;
  return strict(context, { span, anchor, operands, type, code, float: name });
}

function sumType(a: ValueType, b: ValueType): ValueType & { kind: "decimal" } {
  const scale = Math.max(scaleOf(a), scaleOf(b));
  return decimalOf(Math.max(precisionOf(a) - scaleOf(a), precisionOf(b) - scaleOf(b)) + scale + 1, scale);
}

function productType(a: ValueType, b: ValueType): ValueType & { kind: "decimal" } {
  return decimalOf(precisionOf(a) + precisionOf(b), scaleOf(a) + scaleOf(b));
}

function clash({ operator, anchor }: BinarySyntax, left: Node, right: Node, context: Context): Node {
  const message = `'${operator}' does not take ${nameType(left)} and ${nameType(right)}`;
  return fail(context, anchor, { code: "TypeClash", message, hint: clashHint(operator, left, right) });
}

function clashHint(operator: string, left: Node, right: Node): string | undefined {
  const kinds = [left.type.kind, right.type.kind];
  if (operator === "+" && kinds.includes("string")) return "use string(x) to join texts";
  if (kinds.includes("string")) return "use int(x) or decimal(x, scale) on the text";
  if (kinds.includes("date") && kinds.includes("int")) return "use addDays(date, days)";
  if (kinds.every((kind) => kind === "date")) return "use daysBetween(a, b)";
  return kinds.includes("timestamp") ? 'use duration("1h") for lengths of time' : undefined;
}

function nameType(node: Node): string {
  return isNullLiteral(node) ? "null" : describeType(node.type);
}
