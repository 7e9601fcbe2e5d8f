/** Gives every node of an expression its type, and says what is wrong with it. */

import { checkArithmetic, checkNegative } from "./check-arithmetic.ts";
import { checkCall } from "./check-call.ts";
import { checkChoice } from "./check-choice.ts";
import { checkEqual, checkIn, checkOrder } from "./check-compare.ts";
import { checkList } from "./check-list.ts";
import { checkLogic, checkNot } from "./check-logic.ts";
import { checkIndex, checkMember, checkName } from "./check-name.ts";
import { type Binding, type Context, fail } from "./context.ts";
import type { Reporter } from "./diagnostic.ts";
import { parse } from "./parser.ts";
import { canonical, isInt64 } from "./runtime/number.ts";
import { newNames, type Scope } from "./scope.ts";
import type { BinarySyntax, Syntax } from "./syntax.ts";
import { constant, invalid, isInvalid, type Node } from "./typed.ts";
import { BOOL, decimalOf, describeType, INT, NULL, STRING } from "./value-type.ts";

const MAX_NODES = 4000;

/** Parses and checks one expression; the remarks go to the reporter, undefined means it does not parse. `bindings` are names beside the scope. */
export function checkSource(
  text: string,
  scope: Scope,
  reporter: Reporter,
  bindings: ReadonlyMap<string, Binding> = new Map(),
): Node | undefined {
  const syntax = parse(text, reporter);
  if (!syntax) return undefined;
  const context: Context = {
    names: newNames(scope),
    reporter,
    certain: new Set(),
    assumed: new Set(),
    bindings,
    budget: { left: MAX_NODES },
    variables: { count: 0 },
    loops: 0,
    check,
  };
  return check(syntax, context);
}

/** What to write instead of values that have no text. */
const VALUE_HINTS: ReadonlyMap<string, string> = new Map([
  ["list", 'use x.join(",") on a list of strings, or x.size()'],
  ["match", "write row.<lookup>.<field>"],
]);

/** Reports when the value is not what the place needs; `any` takes everything that has a text, `list` also lists. */
export function expectKind(node: Node, expected: string, reporter: Reporter): void {
  if (isInvalid(node) || (expected === "list" && node.type.kind === "list")) return;
  if (expected === "any" || expected === "list") {
    const hint = VALUE_HINTS.get(node.type.kind);
    if (hint === undefined) return;
    const message = `a ${describeType(node.type)} cannot be written as one value`;
    reporter.error(node.span, { code: "TypeClash", message, hint });
    return;
  }
  if (node.type.kind === expected) return;
  reporter.error(node.span, {
    code: "TypeClash",
    message: `this must be a ${expected} but is ${describeType(node.type)}`,
    hint: expected === "bool" ? "compare it with something" : undefined,
  });
}

function check(syntax: Syntax, context: Context): Node {
  if (context.budget.left-- <= 0) {
    return fail(context, syntax.span, {
      code: "TooComplex",
      message: "exists and all repeat too much here",
      hint: "shorten the lists",
    });
  }
  switch (syntax.kind) {
    case "literal":
      return checkLiteral(syntax.value, syntax, context);
    case "decimal":
      return decimalLiteral(syntax.text, syntax);
    case "name":
      return checkName(syntax, context);
    case "member":
      return checkMember(syntax, context);
    case "index":
      return checkIndex(syntax, context);
    case "call":
      return checkCall(syntax, context);
    case "list":
      return checkList(syntax, context);
    case "unary":
      return syntax.operator === "!" ? checkNot(syntax, context) : checkNegative(syntax, context);
    case "binary":
      return checkBinary(syntax, context);
    case "choice":
      return checkChoice(syntax, context);
    case "bound":
      return checkBound(syntax, context);
    case "refused":
      return invalid(syntax.span);
  }
}

function checkBound({ name, element, body }: Extract<Syntax, { kind: "bound" }>, context: Context): Node {
  const bindings = new Map(context.bindings).set(name, { element, context });
  return check(body, { ...context, bindings });
}

function checkBinary(syntax: BinarySyntax, context: Context): Node {
  if (syntax.mixed) {
    return fail(context, syntax.anchor, {
      code: "MixedComparison",
      message: `'${syntax.operator}' stands beside another comparison`,
      hint: "put parentheses around one of them",
    });
  }
  switch (syntax.operator) {
    case "&&":
    case "||":
      return checkLogic(syntax, syntax.operator, context);
    case "==":
    case "!=":
      return checkEqual(syntax, context);
    case "in":
      return checkIn(syntax, context);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return checkOrder(syntax, context);
    default:
      return checkArithmetic(syntax, context);
  }
}

function checkLiteral(value: string | bigint | boolean | null, { span }: Syntax, context: Context): Node {
  if (value === null) return constant(null, NULL, span);
  if (typeof value === "string") return constant(value, STRING, span);
  if (typeof value === "boolean") return constant(value, BOOL, span);
  if (isInt64(value)) return constant(canonical(value), INT, span);
  return fail(context, span, {
    code: "BadConstant",
    message: "the number does not fit an int of 64 bits",
    hint: "write it with a point, as a decimal",
  });
}

function decimalLiteral(text: string, { span }: Syntax): Node {
  const [integer = "0", fraction = ""] = text.split(".");
  const digits = (integer + fraction).replace(/^0+(?=\d)/, "");
  return constant(canonical(BigInt(digits)), decimalOf(digits.length, fraction.length), span);
}
