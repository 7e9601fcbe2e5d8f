/** Owns the check of what a definition reads: parameters, columns, queries and the record. */
import type { Definition } from "@openreg/crds/types";
import { bindQuery } from "./bind-query.ts";
import { isColumnType } from "./column-type.ts";
import { type DefinitionDiagnostic, problem } from "./definition-problem.ts";
import { isTimeZone, queryValueNames } from "./run-calendar.ts";
import { valueProblem } from "./run-parameters.ts";

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
    const wrongType = typeProblem(parameter.type, `${path}.type`, "a parameter");
    if (wrongType) return [wrongType];
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

function typeProblem(type: string, path: string, what: string): DefinitionDiagnostic | undefined {
  if (!isColumnType(type)) {
    const hint = "use String, Integer, Decimal(p,s) with s <= p, Boolean, Date or Timestamp(0..9)";
    return problem({ path, code: "BadType", source: type, message: `'${type}' is no type`, hint });
  }
  if (!type.endsWith("[]")) return undefined;
  return problem({
    path,
    code: "BadType",
    source: type,
    message: `lists are not available yet for ${what}`,
    hint: `use ${type.slice(0, -2)}`,
  });
}

/** Checks the columns and the query of each input. */
export function checkInputs(definition: Definition): DefinitionDiagnostic[] {
  return definition.inputs.flatMap((input, index) => {
    const types = (input.columns ?? []).flatMap((column, position) => {
      const wrong = typeProblem(column.type, `spec.inputs[${index}].columns[${position}].type`, "a column");
      return wrong ? [wrong] : [];
    });
    return [...types, ...checkQuery(definition, input.sql.query, `spec.inputs[${index}].sql.query`)];
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
  const input = definition.inputs.find((one) => one.name === definition.record.input);
  if (!input) return [unknownInput(definition, definition.record.input, "spec.record.input")];
  const columns = input.columns;
  const key = definition.record.key.flatMap((name, index) =>
    !columns || columns.some((column) => column.name === name)
      ? []
      : [
          problem({
            path: `spec.record.key[${index}]`,
            code: "UnknownName",
            source: name,
            message: `unknown column '${name}'`,
            hint: `declare it in the columns of input '${input.name}'`,
          }),
        ],
  );
  if (definition.record.key.length > 0 || bindQuery(input.sql.query).ordered) return key;
  const at = definition.inputs.indexOf(input);
  const message = "the order of the rows is not fixed, so two runs may write different bytes";
  return [
    ...key,
    problem({
      path: `spec.inputs[${at}].sql.query`,
      code: "OrderNotFixed",
      source: input.sql.query,
      severity: "Warning",
      message,
      hint: "set spec.record.key, or end the query with ORDER BY",
    }),
  ];
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
