/** Resolves `row.x`, `run.x`, `run.parameters.x`, `part.x` and the variables of exists and all. */
import { type Context, fail } from "./context.ts";
import type { Span } from "./diagnostic.ts";
import type { Readable } from "./scope.ts";
import { didYouMean, nearHint } from "./suggest.ts";
import type { Syntax } from "./syntax.ts";
import { isInvalid, type Node, plainBase } from "./typed.ts";
import { describeType } from "./value-type.ts";

type Member = Extract<Syntax, { kind: "member" }>;

const ROOTS = ["row", "run", "part"];

/** Checks a bare name: a variable, or a mistake to explain. */
export function checkName({ name, span }: Extract<Syntax, { kind: "name" }>, context: Context): Node {
  const binding = context.bindings.get(name);
  if (binding) {
    const { certain, assumed } = context;
    return { ...context.check(binding.element, { ...binding.context, certain, assumed }), span };
  }
  if (name === "record") return notYet(span, context, "record");
  if (name === "row" && !context.names.row)
    return fail(context, span, { code: "UnknownName", message: "there is no row here", hint: "use run.* values" });
  if (name === "part" && !context.names.part)
    return fail(context, span, { code: "UnknownName", message: "there is no part here" });
  if (ROOTS.includes(name)) {
    return fail(context, span, {
      code: "TypeClash",
      message: `'${name}' is not a value`,
      hint: `write ${name}.<name>`,
    });
  }
  return unknownName(name, span, context);
}

function unknownName(name: string, span: Span, context: Context): Node {
  if (context.names.row?.has(name)) {
    return fail(context, span, { code: "MissingRow", message: `'${name}' is a column`, hint: `write row.${name}` });
  }
  if (context.names.run.has(name)) {
    return fail(context, span, {
      code: "UnknownName",
      message: `'${name}' is a value of the run`,
      hint: `write run.${name}`,
    });
  }
  if (context.names.parameters.has(name)) {
    return fail(context, span, {
      code: "UnknownName",
      message: `'${name}' is a parameter`,
      hint: `write run.parameters.${name}`,
    });
  }
  const hint =
    nearHint(name, [...context.bindings.keys(), ...ROOTS]) ?? "texts stand in quotes, columns are row.<name>";
  return fail(context, span, { code: "UnknownName", message: `unknown name '${name}'`, hint });
}

/** Checks `object.name`. */
export function checkMember(syntax: Member, context: Context): Node {
  const root = rootOf(syntax.object, context);
  if (root === "row" && context.names.row) return checkColumn(syntax.name, syntax, context);
  if (root === "run") return checkRunValue(syntax, context);
  if (root === "run.parameters") return checkParameter(syntax, context);
  if (root === "part" && context.names.part) return checkPartValue(syntax, context);
  const object = context.check(syntax.object, context);
  if (isInvalid(object)) return object;
  return fail(context, syntax.anchor, {
    code: "UnknownField",
    message: `${describeType(object.type)} has no field '${syntax.name}'`,
    hint: "looked-up fields are not available yet",
  });
}

/** Checks `row["x"]`; lists have no index yet. */
export function checkIndex(syntax: Extract<Syntax, { kind: "index" }>, context: Context): Node {
  const { object, index, span } = syntax;
  if (
    rootOf(object, context) === "row" &&
    context.names.row &&
    index.kind === "literal" &&
    typeof index.value === "string"
  ) {
    return checkColumn(index.value, { anchor: index.span, span }, context);
  }
  return fail(context, span, { code: "NotAvailableYet", message: '[...] is available only as row["column name"]' });
}

function rootOf(object: Syntax, context: Context): string | undefined {
  if (object.kind === "name") return context.bindings.has(object.name) ? undefined : object.name;
  const isParameters =
    object.kind === "member" && object.name === "parameters" && rootOf(object.object, context) === "run";
  return isParameters ? "run.parameters" : undefined;
}

function checkColumn(name: string, { anchor, span }: { anchor: Span; span: Span }, context: Context): Node {
  const columns = context.names.row ?? new Map<string, Readable>();
  const found = columns.get(name);
  if (!found)
    return fail(context, anchor, {
      code: "UnknownColumn",
      message: `unknown column '${name}'`,
      hint: didYouMean(name, columns.keys()),
    });
  if (found.type.kind === "list")
    return fail(context, anchor, {
      code: "NotAvailableYet",
      message: `'${name}' is a list column; using those is not available yet`,
    });
  return read(found, name, span, context);
}

function checkRunValue({ name, anchor, span }: Member, context: Context): Node {
  const found = context.names.run.get(name);
  if (found) return read(found, `run.${name}`, span, context);
  if (name === "parameters") {
    return fail(context, anchor, {
      code: "TypeClash",
      message: "'run.parameters' is not a value",
      hint: "write run.parameters.<name>",
    });
  }
  const hint = context.names.parameters.has(name)
    ? `write run.parameters.${name}`
    : didYouMean(name, [...context.names.run.keys(), "parameters"]);
  return fail(context, anchor, { code: "UnknownName", message: `a run has no '${name}'`, hint });
}

function checkParameter({ name, anchor, span }: Member, context: Context): Node {
  const found = context.names.parameters.get(name);
  if (found) return read(found, `run.parameters.${name}`, span, context);
  const hint = didYouMean(name, context.names.parameters.keys()) ?? "declare it in spec.parameters";
  return fail(context, anchor, { code: "UnknownName", message: `unknown parameter '${name}'`, hint });
}

function checkPartValue({ name, anchor, span }: Member, context: Context): Node {
  const names = context.names.part ?? new Map<string, Readable>();
  const found = names.get(name);
  if (found) return read(found, `part.${name}`, span, context);
  return fail(context, anchor, {
    code: "UnknownName",
    message: `a part has no '${name}'`,
    hint: didYouMean(name, names.keys()),
  });
}

function read({ slot, type, nullable, mayFail }: Readable, label: string, span: Span, context: Context): Node {
  const key = `${slot.from}:${slot.index}`;
  const proves = nullable ? [key] : [];
  return {
    ...plainBase(type, span),
    nullable: nullable && !context.certain.has(key),
    declaredNullable: nullable,
    silent: context.assumed.has(key),
    mayFail,
    proves,
    whenTrue: proves,
    whenFalse: proves,
    kind: "read",
    slot,
    label,
  };
}

function notYet(span: Span, context: Context, name: string): Node {
  return fail(context, span, { code: "NotAvailableYet", message: `'${name}' is not available yet` });
}
