/** Brings values to a common type: the same decimal at a larger scale, an int as a decimal. */
import { scaleUp, type Whole } from "./runtime/number.ts";
import { type Code, constant, type Node } from "./typed.ts";
import { decimalOf, precisionOf, SAFE_DIGITS, scaleOf, type ValueType } from "./value-type.ts";

/** The numeric node at a scale not below its own; null and errors pass through. */
export function atScale(node: Node, scale: number): Node {
  const digits = scale - scaleOf(node.type);
  const type = decimalOf(precisionOf(node.type) + digits, scale);
  return digits === 0 ? { ...node, type } : lifted(node, type, digits);
}

function lifted(node: Node, type: ValueType & { kind: "decimal" }, digits: number): Node {
  if (node.kind === "constant") {
    return constant(node.value === null ? null : scaleUp(node.value as Whole, digits), type, node.span);
  }
  const code: Code =
    type.precision <= SAFE_DIGITS ? ([a]) => `(${a}*${10 ** digits})` : ([a]) => `scaleUp(${a},${digits})`;
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
  };
}

/** The node as the given type, which must be its common type with something. */
export function asType(node: Node, type: ValueType): Node {
  if (type.kind === "decimal" && node.type.kind !== "null") return atScale(node, type.scale);
  return { ...node, type };
}
