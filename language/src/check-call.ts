/** Finds the function a call means, and explains calls of what is not there. */
import { type Context, fail } from "./context.ts";
import type { Callable } from "./functions/callable.ts";
import { FUNCTIONS, REFUSED_FUNCTIONS } from "./functions/table.ts";
import { nearHint } from "./suggest.ts";
import type { CallSyntax } from "./syntax.ts";
import type { Node } from "./typed.ts";

/** Checks a call of a function or method. */
export function checkCall(syntax: CallSyntax, context: Context): Node {
  const callable = FUNCTIONS.get(syntax.name);
  if (!callable) return unknown(syntax, context);
  const isMethod = syntax.receiver !== undefined;
  if (callable.form === (isMethod ? "function" : "method")) return wrongForm(callable, syntax, context);
  const args = syntax.receiver ? [syntax.receiver, ...syntax.args] : syntax.args;
  const [least, most] = callable.count;
  if (args.length < least || args.length > most) return wrongCount(callable, syntax, context);
  return callable.check({ syntax, args, context });
}

function unknown({ name, receiver, anchor }: CallSyntax, context: Context): Node {
  const refused = REFUSED_FUNCTIONS.get(name);
  if (refused) {
    return fail(context, anchor, { code: "NotSupported", message: `'${name}' is not supported`, hint: refused.hint });
  }
  const unwanted = receiver ? "function" : "method";
  const known = [...FUNCTIONS.values()]
    .filter((callable) => callable.form !== unwanted)
    .map((callable) => callable.name);
  const hint = nearHint(name, known);
  return receiver
    ? fail(context, anchor, { code: "UnknownMethod", message: `unknown method '${name}'`, hint })
    : fail(context, anchor, { code: "UnknownFunction", message: `unknown function '${name}'`, hint });
}

function wrongForm({ name, usage, form }: Callable, { anchor }: CallSyntax, context: Context): Node {
  const code = form === "method" ? "UnknownFunction" : "UnknownMethod";
  return fail(context, anchor, { code, message: `'${name}' is a ${form}`, hint: `write ${usage}` });
}

function wrongCount({ name, usage }: Callable, { anchor }: CallSyntax, context: Context): Node {
  return fail(context, anchor, {
    code: "ArgumentCount",
    message: `'${name}' has another number of arguments`,
    hint: `write ${usage}`,
  });
}
