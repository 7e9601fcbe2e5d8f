/** Checks `== != < <= > >= in`: what may be compared, exactly and with null in mind. */
import { checkInList, elementType, listsEqual } from "./check-list.ts";
import { type Context, fail, strict } from "./context.ts";
import { asType } from "./rescale.ts";
import type { BinarySyntax } from "./syntax.ts";
import { type Code, type Comparison, invalid, isInvalid, isNullLiteral, type Node, plainBase } from "./typed.ts";
import { BOOL, commonType, describeType, type ValueType } from "./value-type.ts";

/** Checks `==` and `!=`, which take null on either side and never fail by themselves. */
export function checkEqual(syntax: BinarySyntax, context: Context): Node {
  const left = context.check(syntax.left, context);
  const right = context.check(syntax.right, context);
  if (isInvalid(left, right)) return invalid(syntax.span);
  const negated = syntax.operator === "!=";
  if (isNullLiteral(left) || isNullLiteral(right)) return nullTest(syntax, isNullLiteral(left) ? right : left, context);
  const type = comparableType(syntax, left, right, context);
  if (!type) return invalid(syntax.span);
  const sides = [asType(left, type), asType(right, type)] as const;
  if (type.kind === "list") return listsEqual(syntax.span, sides, { negated, context });
  if (type.kind === "match")
    return fail(context, syntax.anchor, {
      code: "TypeClash",
      message: "looked-up records are only compared with null",
    });
  // equal to something that is not null means not null
  const equal = left.nullable && right.nullable ? [] : [...left.proves, ...right.proves];
  return equalNode(syntax, sides, negated, equal);
}

/** The test whether a read is null: what `has` and `== null` come to. */
export function nullTest(syntax: { span: BinarySyntax["span"]; operator: string }, node: Node, context: Context): Node {
  if (isInvalid(node)) return node;
  // a rule of a set is written for Reports whose column may be null, and for those whose column is not
  if (!node.declaredNullable && !context.names.isAliased) {
    const name = node.kind === "read" ? `'${node.label}'` : "this value";
    return fail(context, node.span, {
      code: "NeverNull",
      message: `${name} is never null`,
      hint: "remove the comparison with null",
    });
  }
  const negated = syntax.operator === "!=";
  const nothing: Node = { ...plainBase({ kind: "null" }, syntax.span), nullable: true, kind: "constant", value: null };
  const base = equalNode(syntax, [node, nothing], negated, []);
  const facts = node.kind === "read" ? node.proves : [];
  return { ...base, whenTrue: negated ? facts : [], whenFalse: negated ? [] : facts };
}

function equalNode(
  syntax: { span: BinarySyntax["span"] },
  [left, right]: readonly [Node, Node],
  negated: boolean,
  equal: readonly string[],
): Node {
  return {
    ...plainBase(BOOL, syntax.span),
    mayFail: left.mayFail || right.mayFail,
    whenTrue: negated ? [] : equal,
    whenFalse: negated ? equal : [],
    kind: "equal",
    negated,
    left,
    right,
  };
}

const ORDERED = new Set(["int", "decimal", "string", "date", "timestamp", "duration"]);

/** Checks `<` and its like. */
export function checkOrder(syntax: BinarySyntax, context: Context): Node {
  const left = context.check(syntax.left, context);
  const right = context.check(syntax.right, context);
  if (isInvalid(left, right)) return invalid(syntax.span);
  const type = comparableType(syntax, left, right, context);
  if (!type) return invalid(syntax.span);
  if (type.kind !== "null" && !ORDERED.has(type.kind)) {
    return fail(context, syntax.anchor, {
      code: "TypeClash",
      message: `${describeType(type)} values have no order`,
      hint: "use == or !=",
    });
  }
  const { operator, span, anchor } = syntax;
  const code: Code =
    type.kind === "string" ? ([a, b]) => `(compareText(${a},${b})${operator}0)` : ([a, b]) => `(${a}${operator}${b})`;
  const compares = type.kind === "decimal" ? (operator as Comparison) : undefined;
  return strict(context, {
    span,
    anchor,
    operands: [asType(left, type), asType(right, type)],
    type: BOOL,
    code,
    compares,
  });
}

/** Checks `x in [a, b]`; null is in a list only when the list says so. */
export function checkIn(syntax: BinarySyntax, context: Context): Node {
  const left = context.check(syntax.left, context);
  if (syntax.right.kind !== "list") return checkInValue(syntax, left, context);
  const items = syntax.right.items.map((item) => context.check(item, context));
  if (isInvalid(left, ...items)) return invalid(syntax.span);
  const type = elementType([left, ...items], context, comparisonHint);
  if (!type) return invalid(syntax.span);
  const proves = items.some((item) => item.nullable) ? [] : left.proves;
  return {
    ...plainBase(BOOL, syntax.span),
    mayFail: left.mayFail || items.some((item) => item.mayFail),
    whenTrue: proves,
    kind: "member",
    left: asType(left, type),
    items: items.map((item) => asType(item, type)),
  };
}

function checkInValue(syntax: BinarySyntax, left: Node, context: Context): Node {
  const right = context.check(syntax.right, context);
  if (isInvalid(left, right)) return invalid(syntax.span);
  if (right.type.kind === "list") return checkInList(syntax, [left, right], context);
  return fail(context, syntax.right.span, {
    code: "TypeClash",
    message: `'in' needs a list but has ${describeType(right.type)}`,
    hint: right.type.kind === "string" ? "use x.contains(y) to search in a text" : 'write it as x in ["A", "B"]',
  });
}

function comparableType(syntax: BinarySyntax, left: Node, right: Node, context: Context): ValueType | undefined {
  const type = commonType(left.type, right.type);
  if (!type) fail(context, syntax.anchor, clashRemark(syntax, left.type, right.type));
  return type;
}

function clashRemark({ operator }: BinarySyntax, left: ValueType, right: ValueType) {
  const message = `'${operator}' does not compare ${describeType(left)} with ${describeType(right)}`;
  return { code: "TypeClash" as const, message, hint: comparisonHint(left, right) };
}

function comparisonHint(left: ValueType, right: ValueType): string | undefined {
  const kinds = new Set([left.kind, right.kind]);
  if (kinds.has("date") && kinds.has("timestamp")) return "use date(x) on the timestamp";
  if (kinds.has("date") && kinds.has("string")) return 'write dates as date("2026-01-31")';
  if (kinds.has("timestamp") && kinds.has("string")) return 'write timestamps as timestamp("2026-01-31T12:00:00Z")';
  if (kinds.has("string") && (kinds.has("int") || kinds.has("decimal")))
    return "write the number without quotes, or use string(x)";
  return kinds.has("bool") ? "a bool is true or false, without quotes" : undefined;
}
