/** Checks `&& || !`, which decide by one side even when the other fails. */
import { after, type Context, fail, strict, warnIfNull } from "./context.ts";
import type { BinarySyntax, Syntax } from "./syntax.ts";
import { both, invalid, isInvalid, isNullLiteral, type Node, plainBase } from "./typed.ts";
import { BOOL, describeType } from "./value-type.ts";

/** Checks `&&` or `||`; the right side knows what the left side proves. */
export function checkLogic(syntax: BinarySyntax, operator: "&&" | "||", context: Context): Node {
  const left = condition(syntax.left, operator, context);
  const right = condition(
    syntax.right,
    operator,
    after(context, left, operator === "&&" ? "whenTrue" : "whenFalse", false),
  );
  if (isInvalid(left, right)) return invalid(syntax.span);
  const united = (outcome: "whenTrue" | "whenFalse") => [...new Set([...left[outcome], ...right[outcome]])];
  const shared = (outcome: "whenTrue" | "whenFalse") => both(left[outcome], right[outcome]);
  return {
    ...plainBase(BOOL, syntax.span),
    mayFail: left.mayFail || left.nullable || right.mayFail || right.nullable,
    whenTrue: operator === "&&" ? united("whenTrue") : shared("whenTrue"),
    whenFalse: operator === "&&" ? shared("whenFalse") : united("whenFalse"),
    kind: "logic",
    operator,
    left,
    right,
  };
}

/** Checks `!x`. */
export function checkNot(syntax: Extract<Syntax, { kind: "unary" }>, context: Context): Node {
  const operand = condition(syntax.operand, "!", context);
  if (isInvalid(operand)) return operand;
  const node = strict(context, {
    span: syntax.span,
    operands: [{ ...operand, silent: true }],
    type: BOOL,
    code: ([a]) => `(!${a})`,
  });
  return { ...node, whenTrue: operand.whenFalse, whenFalse: operand.whenTrue };
}

/** Checks something that must be true or false; its null is warned about. */
export function condition(syntax: Syntax, place: string, context: Context): Node {
  const node = context.check(syntax, context);
  if (isInvalid(node)) return node;
  if (node.type.kind !== "bool") {
    const message = `'${place}' needs true or false but has ${isNullLiteral(node) ? "null" : describeType(node.type)}`;
    return fail(context, node.span, { code: "TypeClash", message, hint: "compare it with something" });
  }
  warnIfNull(context, node);
  return node;
}
