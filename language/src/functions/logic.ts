/** Functions about null and about all elements of a list: has, coalesce, exists, all. */
import { nullTest } from "../check-compare.ts";
import { type Context, fail } from "../context.ts";
import { asType } from "../rescale.ts";
import type { Syntax } from "../syntax.ts";
import { constant, isInvalid, type Node, plainBase } from "../typed.ts";
import { BOOL, commonType, describeType, type ValueType } from "../value-type.ts";
import { type Call, type Callable, invalidCall } from "./callable.ts";

/** All functions of this theme. */
export const LOGIC_FUNCTIONS: readonly Callable[] = [
  { name: "has", form: "function", usage: "has(row.column)", count: [1, 1], check: checkHas },
  { name: "coalesce", form: "function", usage: "coalesce(a, b)", count: [2, 8], check: checkCoalesce },
  {
    name: "exists",
    form: "method",
    usage: "[a, b].exists(x, condition)",
    count: [3, 3],
    check: (call) => checkQuantifier(call, "||"),
  },
  {
    name: "all",
    form: "method",
    usage: "[a, b].all(x, condition)",
    count: [3, 3],
    check: (call) => checkQuantifier(call, "&&"),
  },
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

/** `[a, b].exists(x, c)` is `c(a) || c(b)`, and all is the same with `&&`: no loop, and errors pass as in CEL. */
function checkQuantifier({ args, syntax, context }: Call, operator: "&&" | "||"): Node {
  const [list, variable, condition] = args;
  if (list?.kind !== "list") return notALiteralList(list, syntax.name, context);
  if (variable?.kind !== "name" || !condition) {
    return fail(context, variable?.span ?? syntax.span, {
      code: "Syntax",
      message: `'${syntax.name}' needs a variable name first`,
      hint: `write [..].${syntax.name}(x, x > 0)`,
    });
  }
  const first = list.items[0];
  if (!first) return constant(operator === "&&", BOOL, syntax.span);
  const copies = list.items.map(
    (element): Syntax => ({ kind: "bound", name: variable.name, element, body: condition, span: condition.span }),
  );
  return context.check(joined(copies, operator), context);
}

function joined(items: readonly Syntax[], operator: "&&" | "||"): Syntax {
  const first = items[0] as Syntax;
  if (items.length === 1) return first;
  const middle = Math.ceil(items.length / 2);
  const left = joined(items.slice(0, middle), operator);
  const right = joined(items.slice(middle), operator);
  return { kind: "binary", operator, left, right, mixed: false, anchor: first.span, span: first.span };
}

function notALiteralList(list: Syntax | undefined, name: string, context: Context): Node {
  const span = list?.span ?? { start: 0, end: 0 };
  return fail(context, span, {
    code: "NotAvailableYet",
    message: `'${name}' is available only on a list written out`,
    hint: `write ["A", "B"].${name}(x, ...)`,
  });
}
