/** Resolves `row.x`, `row.lookup.x`, `record.x`, `run.x`, `run.parameters.x`, `part.x` and the variables of macros. */

import { checkElement } from "./check-list.ts";
import { type Context, fail } from "./context.ts";
import type { Span } from "./diagnostic.ts";
import type { Readable } from "./scope.ts";
import { didYouMean, nearHint } from "./suggest.ts";
import type { Syntax } from "./syntax.ts";
import { isInvalid, type Node, plainBase, type Slot } from "./typed.ts";
import { describeType } from "./value-type.ts";

type Member = Extract<Syntax, { kind: "member" }>;

const ROOTS = ["row", "record", "run", "part"];

/** Checks a bare name: a variable, or a mistake to explain. */
export function checkName({ name, span }: Extract<Syntax, { kind: "name" }>, context: Context): Node {
  const binding = context.bindings.get(name);
  if (binding && "slot" in binding) return read({ ...binding, mayFail: false }, name, span, context);
  if (binding) {
    const { certain, assumed } = context;
    return { ...context.check(binding.element, { ...(binding.context ?? context), certain, assumed }), span };
  }
  if (name === "record" && !context.names.record)
    return fail(context, span, {
      code: "UnknownName",
      message: "there is no record here",
      hint: "rules and outputs have one, fields and file names do not",
    });
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
  if (context.names.lookups.has(name)) {
    return fail(context, span, { code: "MissingRow", message: `'${name}' is a lookup`, hint: `write row.${name}` });
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
  const lookup = lookupOf(syntax.object, context);
  if (lookup) return checkLookupValue(lookup, syntax, context);
  if (root === "record" && context.names.record) return checkRecordValue(syntax, context);
  if (root === "run") return checkRunValue(syntax, context);
  if (root === "run.parameters") return checkParameter(syntax, context);
  if (root === "part" && context.names.part) return checkPartValue(syntax, context);
  const object = context.check(syntax.object, context);
  if (isInvalid(object)) return object;
  return fail(context, syntax.anchor, {
    code: "UnknownField",
    message: `${describeType(object.type)} has no field '${syntax.name}'`,
    hint: object.kind === "read" ? "only lookups have fields, as in row.<lookup>.<field>" : undefined,
  });
}

/** The lookup that `row.x` or `row["x"]` names. */
function lookupOf(object: Syntax, context: Context): string | undefined {
  if (object.kind !== "member" && object.kind !== "index") return undefined;
  if (rootOf(object.object, context) !== "row") return undefined;
  const name = object.kind === "member" ? object.name : literalName(object.index);
  return name !== undefined && context.names.lookups.has(name) ? name : undefined;
}

function literalName(index: Syntax): string | undefined {
  return index.kind === "literal" && typeof index.value === "string" ? index.value : undefined;
}

function checkLookupValue(
  lookup: string,
  { name, anchor, span }: { readonly name: string; readonly anchor: Span; readonly span: Span },
  context: Context,
): Node {
  const values = context.names.lookups.get(lookup)?.values ?? new Map<string, Readable>();
  const found = values.get(name);
  if (found) return read(found, `${lookup}.${name}`, span, context);
  return fail(context, anchor, {
    code: "UnknownField",
    message: `lookup '${lookup}' has no field '${name}'`,
    hint: didYouMean(name, values.keys()),
  });
}

function checkRecordValue({ name, anchor, span }: Member, context: Context): Node {
  const names = context.names.record ?? new Map<string, Readable>();
  const found = names.get(name);
  if (found) return read(found, `record.${name}`, span, context);
  return fail(context, anchor, {
    code: "UnknownName",
    message: `a record has no '${name}'`,
    hint: didYouMean(name, names.keys()),
  });
}

/** Checks `row["x"]`, `row.lookup["x"]` and `list[0]`. */
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
  const lookup = lookupOf(object, context);
  const name = literalName(index);
  if (lookup && name !== undefined) return checkLookupValue(lookup, { name, anchor: index.span, span }, context);
  return checkElement(syntax, context);
}

function rootOf(object: Syntax, context: Context): string | undefined {
  if (object.kind === "name") return context.bindings.has(object.name) ? undefined : object.name;
  const isParameters =
    object.kind === "member" && object.name === "parameters" && rootOf(object.object, context) === "run";
  return isParameters ? "run.parameters" : undefined;
}

function checkColumn(name: string, { anchor, span }: { anchor: Span; span: Span }, context: Context): Node {
  const columns = context.names.row ?? new Map<string, Readable>();
  const found = columns.get(name) ?? context.names.lookups.get(name)?.match;
  if (!found)
    return fail(context, anchor, {
      code: "UnknownColumn",
      message: `unknown column '${name}'`,
      hint: didYouMean(name, [...columns.keys(), ...context.names.lookups.keys()]),
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

function read(readable: Readable, label: string, span: Span, context: Context): Node {
  const { slot, type, nullable, mayFail, provenBy } = readable;
  const key = keyOf(slot);
  const owner = provenBy && keyOf(provenBy);
  const proves = nullable ? [key] : [];
  const isIn = (known: ReadonlySet<string>) => known.has(key) || (owner !== undefined && known.has(owner));
  return {
    ...plainBase(type, span),
    nullable: nullable && !isIn(context.certain),
    declaredNullable: nullable,
    silent: isIn(context.assumed),
    mayFail,
    proves,
    whenTrue: proves,
    whenFalse: proves,
    kind: "read",
    slot,
    label,
  };
}

function keyOf({ from, index }: Slot): string {
  return `${from}:${index}`;
}
