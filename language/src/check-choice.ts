/** Checks `test ? a : b`; each branch knows what the test proves. */

import { condition } from "./check-logic.ts";
import { after, type Context, fail } from "./context.ts";
import { asType } from "./rescale.ts";
import type { Syntax } from "./syntax.ts";
import { both, invalid, isInvalid, type Node, plainBase } from "./typed.ts";
import { commonType, describeType } from "./value-type.ts";

/** Checks a choice; both branches are brought to one type. */
export function checkChoice(syntax: Extract<Syntax, { kind: "choice" }>, context: Context): Node {
  const test = condition(syntax.test, "?", context);
  const positive = context.check(syntax.positive, after(context, test, "whenTrue", true));
  const negative = context.check(syntax.negative, after(context, test, "whenFalse", true));
  if (isInvalid(test, positive, negative)) return invalid(syntax.span);
  const type = commonType(positive.type, negative.type);
  if (!type) {
    const message = `the branches differ: ${describeType(positive.type)} and ${describeType(negative.type)}`;
    return fail(context, syntax.negative.span, {
      code: "TypeClash",
      message,
      hint: "bring both to one type, for example with string(x)",
    });
  }
  return {
    ...plainBase(type, syntax.span),
    nullable: positive.nullable || negative.nullable,
    declaredNullable: positive.declaredNullable || negative.declaredNullable,
    mayFail: test.mayFail || test.nullable || positive.mayFail || negative.mayFail,
    proves: both(positive.proves, negative.proves),
    whenTrue: both(positive.whenTrue, negative.whenTrue),
    whenFalse: both(positive.whenFalse, negative.whenFalse),
    kind: "choice",
    test,
    positive: asType(positive, type),
    negative: asType(negative, type),
  };
}
