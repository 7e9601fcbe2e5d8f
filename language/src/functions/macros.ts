/** The macros of CEL over lists: exists, all, exists_one, map, filter. Lists are those written out and those of columns, so they end. */
import { condition } from "../check-logic.ts";
import { type Context, fail, warnIfNull } from "../context.ts";
import type { Syntax } from "../syntax.ts";
import { constant, isInvalid, type LoopMode, type Node, plainBase, type Slot } from "../typed.ts";
import { BOOL, describeType, type ValueType } from "../value-type.ts";
import { type Call, type Callable, invalidCall } from "./callable.ts";

const MODES: readonly LoopMode[] = ["exists", "all", "exists_one", "map", "filter"];

/** Most loops in each other, so that a row is done soon whatever it holds. */
const MAX_LOOPS = 2;

/** All macros. */
export const MACROS: readonly Callable[] = MODES.map((mode) => ({
  name: mode,
  form: "method",
  usage: usageOf(mode),
  count: [3, mode === "map" ? 4 : 3],
  check: (call) => checkMacro(call, mode),
}));

function usageOf(mode: LoopMode): string {
  return mode === "map" ? "list.map(x, string(x))" : `list.${mode}(x, x != "")`;
}

function checkMacro(call: Call, mode: LoopMode): Node {
  const { args, syntax, context } = call;
  const [list, variable, body] = args;
  if (variable?.kind !== "name" || !list || !body) {
    const message = `'${mode}' needs a variable name first`;
    return fail(context, variable?.span ?? syntax.span, { code: "Syntax", message, hint: `write ${usageOf(mode)}` });
  }
  const node = context.check(list, context);
  if (isInvalid(node)) return invalidCall(syntax);
  // an element that fails makes the whole list fail, so it must not be one of many conditions
  if (list.kind === "list" && !node.mayFail && (mode === "exists" || mode === "all"))
    return writtenOut({ items: list.items, name: variable.name, body, mode }, syntax, context);
  if (node.type.kind !== "list") return notAList(node, mode, context);
  const last = args[3];
  if (!last) return loop({ mode, list: node, name: variable.name, body }, syntax, context);
  const kept = loop({ mode: "filter", list: node, name: variable.name, body }, syntax, context);
  return isInvalid(kept) ? kept : loop({ mode, list: kept, name: variable.name, body: last }, syntax, context);
}

function notAList(node: Node, mode: LoopMode, context: Context): Node {
  const message = `'${mode}' needs a list but has ${describeType(node.type)}`;
  return fail(context, node.span, { code: "TypeClash", message, hint: `write ["A", "B"].${mode}(x, ...)` });
}

interface Copies {
  readonly items: readonly Syntax[];
  readonly name: string;
  readonly body: Syntax;
  readonly mode: "exists" | "all";
}

/** `[a, b].exists(x, c)` is `c(a) || c(b)`, and all is the same with `&&`: no loop, and errors pass as in CEL. */
function writtenOut({ items, name, body, mode }: Copies, { span }: Syntax, context: Context): Node {
  if (items.length === 0) return constant(mode === "all", BOOL, span);
  const copies = items.map((element): Syntax => ({ kind: "bound", name, element, body, span: body.span }));
  const node = context.check(joined(copies, mode === "exists" ? "||" : "&&"), context);
  if (isInvalid(node) || node.type.kind === "bool") return node;
  const message = `'${mode}' needs a condition but has ${describeType(node.type)}`;
  return fail(context, body.span, { code: "TypeClash", message, hint: "compare it with something" });
}

function joined(items: readonly Syntax[], operator: "&&" | "||"): Syntax {
  const first = items[0] as Syntax;
  if (items.length === 1) return first;
  const middle = Math.ceil(items.length / 2);
  const left = joined(items.slice(0, middle), operator);
  const right = joined(items.slice(middle), operator);
  return { kind: "binary", operator, left, right, mixed: false, anchor: first.span, span: first.span };
}

interface Loop {
  readonly mode: LoopMode;
  readonly list: Node;
  readonly name: string;
  readonly body: Syntax;
}

function loop({ mode, list, name, body }: Loop, syntax: Syntax, context: Context): Node {
  const { type } = list;
  if (type.kind !== "list") return invalidCall(syntax);
  if (context.loops >= MAX_LOOPS) {
    const hint = `at most ${MAX_LOOPS} loops over lists may stand in each other`;
    return fail(context, syntax.span, { code: "TooComplex", message: "there are too many loops in each other", hint });
  }
  warnIfNull(context, list);
  const variable: Slot = { from: "variable", index: context.variables.count++ };
  const bindings = new Map(context.bindings).set(name, { slot: variable, type: type.element, nullable: type.holes });
  const inside = { ...context, bindings, loops: context.loops + 1 };
  const checked = mode === "map" ? context.check(body, inside) : condition(body, mode, inside);
  if (isInvalid(checked)) return invalidCall(syntax);
  const isDecided = mode !== "map";
  const result = resultType(mode, type, checked);
  if (!result) {
    const message = `'map' does not make a list of ${describeType(checked.type)}s`;
    return fail(context, checked.span, { code: "NotSupported", message });
  }
  const bodyFails = checked.mayFail || (isDecided && checked.nullable);
  const mayFail = list.mayFail || list.nullable || bodyFails;
  return { ...plainBase(result, syntax.span), mayFail, kind: "loop", mode, list, variable, body: checked };
}

function resultType(mode: LoopMode, list: ValueType & { kind: "list" }, body: Node): ValueType | undefined {
  if (mode === "filter") return list;
  if (mode !== "map") return BOOL;
  if (body.type.kind === "list" || body.type.kind === "match") return undefined;
  return { kind: "list", element: body.type, holes: body.nullable };
}
