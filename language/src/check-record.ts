/** Checks what the record of a row is: its key, and the action an expression gives. */
import { type Context, fail, strict, warnIfNull } from "./context.ts";
import { RECORD_ACTIONS } from "./record-action.ts";
import { isInvalid, isNullLiteral, type Node } from "./typed.ts";
import { describeType, STRING } from "./value-type.ts";

/** The record of a row. */
export interface RecordSource {
  /** Columns or fields whose texts, joined by `|`, are `record.key`. */
  readonly key: readonly string[];
  /** An expression that gives one of the actions; default `"New"`. */
  readonly action?: string | undefined;
  /** Place of the action in the definition; default `record.action`. */
  readonly path?: string | undefined;
}

const KNOWN = RECORD_ACTIONS.map((action) => `"${action}"`).join(", ");

/** The action as a node that fails where the text names none; what is written out is checked at once. */
export function checkAction(node: Node, context: Pick<Context, "reporter">): Node {
  if (isInvalid(node)) return node;
  if (node.type.kind !== "string") {
    const message = `the action must be a string but is ${isNullLiteral(node) ? "null" : describeType(node.type)}`;
    return fail(context, node.span, { code: "TypeClash", message, hint: `give one of ${KNOWN}` });
  }
  const leaves = leavesOf(node);
  const wrong = leaves.filter((leaf) => leaf.kind === "constant" && !isAction(leaf));
  for (const leaf of wrong)
    context.reporter.error(leaf.span, {
      code: "BadConstant",
      message: "this is no action",
      hint: `give one of ${KNOWN}`,
    });
  if (leaves.every(isAction)) {
    warnIfNull(context, node);
    return node;
  }
  return strict(context, {
    span: node.span,
    operands: [node],
    type: STRING,
    code: ([a]) => `actionOf(${a})`,
    failure: `the action is none of ${KNOWN}`,
  });
}

function leavesOf(node: Node): readonly Node[] {
  return node.kind === "choice" ? [...leavesOf(node.positive), ...leavesOf(node.negative)] : [node];
}

function isAction(node: Node): boolean {
  return node.kind === "constant" && RECORD_ACTIONS.some((action) => action === node.value);
}
