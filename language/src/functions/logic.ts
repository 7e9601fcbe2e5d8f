/** Functions about null: has, coalesce. */
import { nullTest } from "../check-compare.ts";
import { fail } from "../context.ts";
import { asType } from "../rescale.ts";
import { isInvalid, type Node, plainBase } from "../typed.ts";
import { commonType, describeType, type ValueType } from "../value-type.ts";
import { type Call, type Callable, invalidCall } from "./callable.ts";

/** All functions of this theme. */
export const LOGIC_FUNCTIONS: readonly Callable[] = [
  { name: "has", form: "function", usage: "has(row.column)", count: [1, 1], check: checkHas },
  { name: "coalesce", form: "function", usage: "coalesce(a, b)", count: [2, 8], check: checkCoalesce },
];

function checkHas({ args, syntax, context }: Call): Node {
  const [arg] = args;
  if (arg?.kind !== "member" && arg?.kind !== "index") {
    return fail(context, syntax.span, {
      code: "TypeClash",
      message: "'has' asks whether a column has a value",
      hint: "write has(row.<column>)",
    });
  }
  return nullTest({ span: syntax.span, operator: "!=" }, context.check(arg, context), context);
}

function checkCoalesce({ args, syntax, context }: Call): Node {
  const items = args.map((arg) => context.check(arg, context));
  if (isInvalid(...items)) return invalidCall(syntax);
  let type: ValueType = { kind: "null" };
  for (const item of items) {
    const common = commonType(type, item.type);
    if (!common) {
      const message = `coalesce does not mix ${describeType(type)} with ${describeType(item.type)}`;
      return fail(context, item.span, { code: "TypeClash", message });
    }
    type = common;
  }
  return {
    ...plainBase(type, syntax.span),
    nullable: items.every((item) => item.nullable),
    declaredNullable: items.every((item) => item.declaredNullable),
    mayFail: items.some((item) => item.mayFail),
    kind: "coalesce",
    items: items.map((item) => asType(item, type)),
  };
}
