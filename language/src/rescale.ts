/** Brings values to a common type: the same decimal at a larger scale, an int as a decimal. */
import { scaleUp, type Whole } from "./runtime/number.ts";
import { type Code, constant, isNullLiteral, type Node } from "./typed.ts";
import { decimalOf, precisionOf, SAFE_DIGITS, scaleOf, type ValueType } from "./value-type.ts";

/** The numeric node at a scale not below its own; null and errors pass through. */
export function atScale(node: Node, scale: number): Node {
  const digits = scale - scaleOf(node.type);
  const type = decimalOf(precisionOf(node.type) + digits, scale);
  return digits === 0 && node.type.kind === "decimal" ? { ...node, type } : lifted(node, type, digits);
}

function lifted(node: Node, type: ValueType & { kind: "decimal" }, digits: number): Node {
  if (node.kind === "constant") {
    return constant(node.value === null ? null : scaleUp(node.value as Whole, digits), type, node.span);
  }
  const code: Code = liftCode(type, digits);
  const { span, nullable, declaredNullable, mayFail, silent, proves, whenTrue, whenFalse } = node;
  return {
    type,
    span,
    nullable,
    declaredNullable,
    mayFail,
    silent,
    proves,
    whenTrue,
    whenFalse,
    kind: "lift",
    operand: node,
    code,
    digits,
  };
}

function liftCode(type: ValueType & { kind: "decimal" }, digits: number): Code {
  if (digits === 0) return ([a = ""]) => a;
  if (type.precision <= SAFE_DIGITS) return ([a]) => `(${a}*${10 ** digits})`;
  return ([a]) => `scaleUp(${a},${digits})`;
}

/** The node as the given type, which must be its common type with something. */
export function asType(node: Node, type: ValueType): Node {
  if (isNullLiteral(node)) return node;
  if (type.kind === "decimal") return atScale(node, type.scale);
  if (type.kind === "list" && node.type.kind === "list") return asList(node, node.type, type);
  return { ...node, type };
}

/** Elements of a list are brought to a larger scale one by one. */
function asList(node: Node, from: ValueType & { kind: "list" }, to: ValueType & { kind: "list" }): Node {
  const digits = scaleOf(to.element) - scaleOf(from.element);
  if (to.element.kind !== "decimal" || digits === 0) return { ...node, type: to };
  const { span, nullable, declaredNullable, mayFail, silent, proves, whenTrue, whenFalse } = node;
  const base = { span, nullable, declaredNullable, mayFail, silent, proves, whenTrue, whenFalse };
  return { ...base, type: to, kind: "lift", operand: node, code: ([a]) => `scaleUpAll(${a},${digits})` };
}
