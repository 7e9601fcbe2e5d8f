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
  const then = context.check(syntax.then, after(context, test, "whenTrue", true));
  const otherwise = context.check(syntax.otherwise, after(context, test, "whenFalse", true));
  if (isInvalid(test, then, otherwise)) return invalid(syntax.span);
  const type = commonType(then.type, otherwise.type);
  if (!type) {
    const message = `the branches differ: ${describeType(then.type)} and ${describeType(otherwise.type)}`;
    return fail(context, syntax.otherwise.span, {
      code: "TypeClash",
      message,
      hint: "bring both to one type, for example with string(x)",
    });
  }
  return {
    ...plainBase(type, syntax.span),
    nullable: then.nullable || otherwise.nullable,
    declaredNullable: then.declaredNullable || otherwise.declaredNullable,
    mayFail: test.mayFail || test.nullable || then.mayFail || otherwise.mayFail,
    proves: both(then.proves, otherwise.proves),
    whenTrue: both(then.whenTrue, otherwise.whenTrue),
    whenFalse: both(then.whenFalse, otherwise.whenFalse),
    kind: "choice",
    test,
    then: asType(then, type),
    otherwise: asType(otherwise, type),
  };
}
