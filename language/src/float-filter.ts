/** Decides comparisons of computed decimals in floating point where that is certain, so that the exact form runs only near a tie. */
import type { Node } from "./typed.ts";
import { precisionOf, SAFE_DIGITS } from "./value-type.ts";

/** Both sides in floating point, in units of their common scale. */
export interface FloatComparison {
  /** JavaScript assignments of the leaves to their names. */
  readonly leaves: readonly string[];
  /** The difference of the sides. */
  readonly difference: string;
  /** More than the error of the difference can be. */
  readonly bound: string;
}

/** A side: its value, the sum of the magnitudes of its terms, and how many roundings it has. */
interface Float {
  readonly value: string;
  readonly size: string;
  readonly roundings: number;
}

/** The floating point form of `left - right`, or undefined where the exact form is as fast. `claim` gives names. */
export function floatComparison(
  [left, right]: readonly [Node, Node],
  { read, claim }: { readonly read: (node: Node) => string; readonly claim: () => string },
): FloatComparison | undefined {
  if (!isCostly(left) && !isCostly(right)) return undefined;
  if (!isFloat(left) || !isFloat(right)) return undefined;
  const names = new Map<string, string>();
  const nameOf = (node: Node): string => {
    const code = read(node);
    const known = names.get(code) ?? claim();
    names.set(code, known);
    return known;
  };
  const [a, b] = [floatOf(left, nameOf), floatOf(right, nameOf)];
  // each rounding is off by at most 2^-53 of the magnitude; four times that covers the roundings of the bound itself
  const factor = (a.roundings + b.roundings + 4) * 2 ** -51;
  return {
    leaves: [...names].map(([code, name]) => `${name}=Number(${code})`),
    difference: `${a.value}-${b.value}`,
    bound: `(${a.size}+${b.size})*${factor}`,
  };
}

/** Whether computing it exactly may need BigInt. */
function isCostly(node: Node): boolean {
  if (node.kind === "lift") return isCostly(node.operand);
  if (node.kind !== "strict" || !node.float) return false;
  return precisionOf(node.type) > SAFE_DIGITS || node.operands.some(isCostly);
}

function isFloat(node: Node): boolean {
  if (node.nullable || node.mayFail) return false;
  if (node.kind === "constant" || node.kind === "read") return true;
  if (node.kind === "lift") return node.digits !== undefined && isFloat(node.operand);
  return node.kind === "strict" && node.float !== undefined && node.operands.every(isFloat);
}

function floatOf(node: Node, nameOf: (node: Node) => string): Float {
  if (node.kind === "constant") {
    const value = Number(node.value);
    return { value: `(${value})`, size: String(Math.abs(value)), roundings: 1 };
  }
  if (node.kind === "lift") {
    const inner = floatOf(node.operand, nameOf);
    const factor = 10 ** (node.digits ?? 0);
    return { value: `(${inner.value}*${factor})`, size: `(${inner.size}*${factor})`, roundings: inner.roundings + 2 };
  }
  if (node.kind === "strict" && node.float) {
    return operationOf(
      node.float,
      node.operands.map((operand) => floatOf(operand, nameOf)),
    );
  }
  const name = nameOf(node);
  return { value: name, size: `Math.abs(${name})`, roundings: 1 };
}

const SIGNS = { add: ["+", "+"], subtract: ["-", "+"], multiply: ["*", "*"] } as const;

function operationOf(operation: NonNullable<(Node & { kind: "strict" })["float"]>, operands: readonly Float[]): Float {
  const [a, b] = operands as [Float, Float];
  if (operation === "absolute") return { ...a, value: `Math.abs(${a.value})` };
  if (operation === "negate") return { ...a, value: `(-${a.value})` };
  const [sign, sizeSign] = SIGNS[operation];
  return {
    value: `(${a.value}${sign}${b.value})`,
    size: `(${a.size}${sizeSign}${b.size})`,
    roundings: a.roundings + b.roundings + 1,
  };
}
