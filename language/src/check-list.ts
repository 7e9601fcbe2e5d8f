/** Checks lists: written out, compared, indexed, joined with `+`; their elements are of one type and no lists themselves. */
import { type Context, fail, strict } from "./context.ts";
import type { Span } from "./diagnostic.ts";
import { asType } from "./rescale.ts";
import { MAX_ELEMENTS } from "./runtime/list.ts";
import type { Syntax } from "./syntax.ts";
import { type Code, invalid, isInvalid, isNullLiteral, type Node } from "./typed.ts";
import { BOOL, commonType, describeType, NULL, type ValueType } from "./value-type.ts";

type ListType = ValueType & { readonly kind: "list" };

/** Checks `[a, b]` as a value. */
export function checkList({ items, span }: Extract<Syntax, { kind: "list" }>, context: Context): Node {
  const nodes = items.map((item) => context.check(item, context));
  if (isInvalid(...nodes)) return invalid(span);
  const element = elementType(nodes, context);
  if (!element) return invalid(span);
  const operands = nodes.map((node) => asType(node, element));
  const type: ListType = { kind: "list", element, holes: operands.some(({ nullable }) => nullable) };
  const values = operands.flatMap((node) => (node.kind === "constant" ? [node.value] : []));
  const code: Code = (codes, pool) =>
    values.length === operands.length ? pool.add(Object.freeze(values)) : `[${codes.join(",")}]`;
  return strict(context, { span, operands, type, code, lenient: operands.map((_, index) => index) });
}

/** The one type of all elements, or undefined after reporting one that does not fit. */
export function elementType(
  nodes: readonly Node[],
  context: Context,
  hintOf?: (a: ValueType, b: ValueType) => string | undefined,
): ValueType | undefined {
  let type: ValueType = NULL;
  for (const node of nodes) {
    if (node.type.kind === "list" || node.type.kind === "match") {
      const message = `a ${describeType(node.type)} cannot be an element of a list`;
      fail(context, node.span, { code: "NotSupported", message });
      return undefined;
    }
    const common = commonType(type, node.type);
    if (!common) {
      const message = `${describeType(node.type)} does not fit the others here, which are ${describeType(type)}`;
      fail(context, node.span, { code: "TypeClash", message, hint: hintOf?.(type, node.type) });
      return undefined;
    }
    type = common;
  }
  return type;
}

/** Checks `x in list`; null is in a list only when one of its elements is null. */
export function checkInList(
  { span, anchor }: { readonly span: Span; readonly anchor: Span },
  [left, list]: readonly [Node, Node],
  context: Context,
): Node {
  const { type } = list;
  if (type.kind !== "list") return invalid(span);
  const element = left.type.kind === "list" ? undefined : commonType(left.type, type.element);
  if (!element) {
    const message = `'in' does not look for ${describeType(left.type)} in a ${describeType(type)}`;
    return fail(context, anchor, { code: "TypeClash", message });
  }
  const operands = [asType(left, element), asType(list, { ...type, element })];
  const node = strict(context, {
    span,
    operands,
    type: BOOL,
    code: ([a, b]) => `${b}.includes(${a})`,
    lenient: [0],
  });
  return type.holes ? node : { ...node, whenTrue: [...node.whenTrue, ...left.proves] };
}

/** Checks `a == b` of lists: the same elements in the same order. */
export function listsEqual(
  span: Span,
  sides: readonly [Node, Node],
  { negated, context }: { readonly negated: boolean; readonly context: Context },
): Node {
  const code: Code = ([a, b]) => `${negated ? "!" : ""}sameList(${a},${b})`;
  return strict(context, { span, operands: sides, type: BOOL, code, lenient: [0, 1] });
}

/** Checks `list[0]`; an index outside of the list is an error. */
export function checkElement({ object, index, span }: Extract<Syntax, { kind: "index" }>, context: Context): Node {
  const list = context.check(object, context);
  const at = context.check(index, context);
  if (isInvalid(list, at)) return invalid(span);
  const { type } = list;
  if (type.kind !== "list") {
    const what = isNullLiteral(list) ? "null" : describeType(type);
    const hint = 'columns are row["column name"], elements list[0]';
    return fail(context, span, { code: "TypeClash", message: `${what} has no elements`, hint });
  }
  if (at.type.kind !== "int") {
    const message = `an index is an int, from 0, but this is ${describeType(at.type)}`;
    return fail(context, at.span, { code: "TypeClash", message });
  }
  const node = strict(context, {
    span,
    anchor: at.span,
    operands: [list, at],
    type: type.element,
    code: ([a, b]) => `${a}[${b}]`,
    failure: "the list has no element",
  });
  return { ...node, nullable: type.holes, declaredNullable: type.holes };
}

/** Checks `a + b` of lists. */
export function joinLists(
  { span, anchor }: { readonly span: Span; readonly anchor: Span },
  [left, right]: readonly [Node, Node],
  context: Context,
): Node | undefined {
  const type = commonType(left.type, right.type);
  if (type?.kind !== "list") return undefined;
  const operands = [asType(left, type), asType(right, type)];
  const failure = `the list has more than ${MAX_ELEMENTS} elements`;
  return strict(context, { span, anchor, operands, type, code: ([a, b]) => `joinLists(${a},${b})`, failure });
}
