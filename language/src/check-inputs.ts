/** Owns the check of what a definition reads: parameters, columns, queries and the record. */
import type { Definition } from "@openreg/crds/types";
import { bindQuery } from "./bind-query.ts";
import { isColumnType } from "./column-type.ts";
import { type DefinitionDiagnostic, problem } from "./definition-problem.ts";
import { isListType } from "./definition-scope.ts";
import { isTimeZone, queryValueNames } from "./run-calendar.ts";
import { valueProblem } from "./run-parameters.ts";
import { didYouMean } from "./suggest.ts";

/** Checks names, types and defaults of the parameters, and the time zone. */
export function checkParameters(definition: Definition): DefinitionDiagnostic[] {
  const parameters = definition.parameters.flatMap((parameter, index) => {
    const path = `spec.parameters[${index}]`;
    if (queryValueNames.some((name) => name === parameter.name)) {
      return [
        problem({
          path: `${path}.name`,
          code: "DuplicateName",
          source: parameter.name,
          message: `'${parameter.name}' is always there`,
          hint: "choose another name",
        }),
      ];
    }
    const wrongType = typeProblem(parameter.type, `${path}.type`);
    if (wrongType) return [wrongType];
    if (isListType(parameter.type)) return [listParameter(parameter.type, `${path}.type`)];
    const wrong = parameter.default === undefined ? undefined : valueProblem(parameter.type, parameter.default);
    return wrong
      ? [
          problem({
            path: `${path}.default`,
            code: "BadValue",
            source: parameter.default ?? "",
            message: wrong,
            hint: `write a ${parameter.type}`,
          }),
        ]
      : [];
  });
  if (isTimeZone(definition.timeZone)) return parameters;
  const message = `the time zone '${definition.timeZone}' is not known`;
  return [
    ...parameters,
    problem({
      path: "spec.timeZone",
      code: "BadValue",
      source: definition.timeZone,
      message,
      hint: "use an IANA name such as Europe/Berlin",
    }),
  ];
}

function typeProblem(type: string, path: string): DefinitionDiagnostic | undefined {
  if (isColumnType(type)) return undefined;
  const hint = "use String, Integer, Decimal(p,s) with s <= p, Boolean, Date or Timestamp(0..9)";
  return problem({ path, code: "BadType", source: type, message: `'${type}' is no type`, hint });
}

function listParameter(type: string, path: string): DefinitionDiagnostic {
  const message = "lists are not available yet for a parameter";
  return problem({ path, code: "BadType", source: type, message, hint: `use ${type.slice(0, -2)}` });
}

/** Checks the columns and the query of each input. */
export function checkInputs(definition: Definition): DefinitionDiagnostic[] {
  return definition.inputs.flatMap((input, index) => {
    const path = `spec.inputs[${index}]`;
    const types = (input.columns ?? []).flatMap((column, position) => {
      const wrong = typeProblem(column.type, `${path}.columns[${position}].type`);
      return wrong ? [wrong] : [];
    });
    return [
      ...types,
      ...checkQuery(definition, input.sql.query, `${path}.sql.query`),
      ...(input.lookupBy ? checkReferenceInput(input, path) : []),
    ];
  });
}

/** Checks an input that is looked up in: it declares its columns, and its key columns are among them. */
function checkReferenceInput(
  { name, columns, lookupBy = [] }: Definition["inputs"][number],
  path: string,
): DefinitionDiagnostic[] {
  if (!columns) {
    const message = `input '${name}' is looked up in, but declares no columns`;
    const hint = "declare its columns with their types";
    return [problem({ path, code: "BadLookup", source: name, message, hint })];
  }
  return lookupBy.flatMap((key, index) => {
    const at = `${path}.lookupBy[${index}]`;
    const column = columns.find((one) => one.name === key);
    if (!column) {
      const names = columns.map((one) => one.name);
      const hint = didYouMean(key, names) ?? `declare it in the columns of input '${name}'`;
      return [problem({ path: at, code: "UnknownName", source: key, message: `unknown column '${key}'`, hint })];
    }
    if (lookupBy.indexOf(key) < index) {
      const message = `'${key}' is there twice`;
      return [problem({ path: at, code: "DuplicateName", source: key, message, hint: "take one of them out" })];
    }
    if (!isListType(column.type)) return [];
    const message = `'${key}' is a list and cannot be a key`;
    return [problem({ path: at, code: "BadType", source: key, message, hint: "name a column with one value" })];
  });
}

/** Warns of inputs that nothing reads. */
export function checkUse(definition: Definition): DefinitionDiagnostic[] {
  const used = new Set([
    definition.record.input,
    ...definition.fields.flatMap(({ lookup }) => lookup?.input ?? []),
    ...definition.rules.flatMap(({ from, totals }) => [from ?? "", totals?.left.from ?? "", totals?.right?.from ?? ""]),
    ...definition.outputs.flatMap(({ from, xlsx }) => [from, ...(xlsx?.sheets ?? []).map((sheet) => sheet.from)]),
  ]);
  return definition.inputs.flatMap(({ name }, index) => {
    if (used.has(name)) return [];
    const message = `input '${name}' is read, but nothing uses it`;
    const hint = "take it out, or name it in a field, a rule or an output";
    const path = `spec.inputs[${index}].name`;
    return [problem({ path, code: "NotUsed", source: name, severity: "Warning", message, hint })];
  });
}

function checkQuery(definition: Definition, query: string, path: string): DefinitionDiagnostic[] {
  const bound = bindQuery(query);
  const known = [...queryValueNames, ...definition.parameters.map((parameter) => parameter.name)];
  const unknown = bound.places.flatMap(({ name, start, end }) =>
    known.includes(name)
      ? []
      : [
          problem({
            path,
            code: "UnknownName",
            source: query,
            start,
            end,
            message: `unknown parameter ':${name}'`,
            hint: `known are ${known.map((one) => `:${one}`).join(", ")}`,
          }),
        ],
  );
  if (bound.secondStatementAt < 0) return unknown;
  const hint = "keep one SELECT; the source takes one statement per input";
  return [
    ...unknown,
    problem({
      path,
      code: "BadQuery",
      source: query,
      start: bound.secondStatementAt,
      message: "a second statement begins here",
      hint,
    }),
  ];
}

/** Checks the input and the key of the record, and whether the order of rows is fixed. */
export function checkRecord(definition: Definition): DefinitionDiagnostic[] {
  const { record } = definition;
  const input = definition.inputs.find((one) => one.name === record.input);
  if (!input) return [unknownInput(definition, record.input, "spec.record.input")];
  if (input.lookupBy) {
    const message = `input '${record.input}' is a table to look up in, its rows are no records`;
    const hint = "name an input without lookupBy";
    return [problem({ path: "spec.record.input", code: "BadValue", source: record.input, message, hint })];
  }
  const key = record.key.flatMap((name, index) => checkKeyColumn(input, name, `spec.record.key[${index}]`));
  const isOrdered = record.key.length > 0;
  const written = new Set(
    definition.outputs.flatMap(({ from, xlsx }) => [from, ...(xlsx?.sheets ?? []).map((one) => one.from)]),
  );
  const unordered = definition.inputs.flatMap((one, at) => {
    const isWritten = one === input || written.has(one.name);
    if (!isWritten || one.lookupBy || (one === input && isOrdered) || bindQuery(one.sql.query).ordered) return [];
    return [orderNotFixed(one, at, one === input)];
  });
  return [...key, ...unordered];
}

function checkKeyColumn(
  { name: input, columns }: Definition["inputs"][number],
  name: string,
  path: string,
): DefinitionDiagnostic[] {
  const column = columns?.find((one) => one.name === name);
  if (!columns || (column && !isListType(column.type))) return [];
  if (column) {
    const message = `'${name}' is a list and cannot be a key`;
    return [problem({ path, code: "BadType", source: name, message, hint: "name a column with one value" })];
  }
  const hint = `declare it in the columns of input '${input}'`;
  return [problem({ path, code: "UnknownName", source: name, message: `unknown column '${name}'`, hint })];
}

function orderNotFixed({ sql }: Definition["inputs"][number], at: number, isRecord: boolean): DefinitionDiagnostic {
  return problem({
    path: `spec.inputs[${at}].sql.query`,
    code: "OrderNotFixed",
    source: sql.query,
    severity: "Warning",
    message: "the order of the rows is not fixed, so two runs may write different bytes",
    hint: isRecord ? "set spec.record.key, or end the query with ORDER BY" : "end the query with ORDER BY",
  });
}

/** Says that an input does not exist and which do. */
export function unknownInput(definition: Definition, name: string, path: string): DefinitionDiagnostic {
  const inputs = definition.inputs.map((one) => one.name).join(", ");
  return problem({
    path,
    code: "UnknownName",
    source: name,
    message: `unknown input '${name}'`,
    hint: `the inputs are ${inputs}`,
  });
}
