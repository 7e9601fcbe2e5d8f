/** Finds what a checked expression reads. */
import type { Node, Slot } from "./typed.ts";

/** A read slot, and whether what it holds may be an error. */
export interface Read extends Slot {
  readonly mayFail: boolean;
}

/** All reads in a node, repeated where they are repeated. */
export function readsOf(node: Node): readonly Read[] {
  if (node.kind === "read") return [{ ...node.slot, mayFail: node.mayFail }];
  if (node.kind === "loop") {
    const inside = readsOf(node.body).filter(({ from, index }) => from !== "variable" || index !== node.variable.index);
    return [...readsOf(node.list), ...inside];
  }
  return childrenOf(node).flatMap(readsOf);
}

function childrenOf(node: Exclude<Node, { kind: "loop" }>): readonly Node[] {
  switch (node.kind) {
    case "constant":
    case "read":
      return [];
    case "logic":
    case "equal":
      return [node.left, node.right];
    case "choice":
      return [node.test, node.positive, node.negative];
    case "member":
      return [node.left, ...node.items];
    case "coalesce":
      return node.items;
    case "lift":
      return [node.operand];
    case "strict":
      return node.operands;
  }
}
