/** Owns the whole check of a definition before anything runs: every expression, template, query and name, each remark with its path. */
import type { Definition } from "@openreg/crds/types";
import { checkExpression } from "./check-expression.ts";
import { checkInputs, checkParameters, checkRecord, unknownInput } from "./check-inputs.ts";
import { type Column, isColumnType } from "./column-type.ts";
import { type DefinitionDiagnostic, named, problem } from "./definition-problem.ts";
import { compileFileNamePattern } from "./file-name-pattern.ts";
import type { Scope, ScopeField } from "./scope.ts";
import { checkTemplate } from "./template.ts";

/** Checks a definition. An empty list, or one of warnings only, means that runs can start. */
export function checkDefinition(definition: Definition): readonly DefinitionDiagnostic[] {
  // What reads something wrong would be called wrong too: what is read comes first, then the fields, then what uses them.
  const read = [
    ...checkNames(definition),
    ...checkParameters(definition),
    ...checkInputs(definition),
    ...checkRecord(definition),
  ];
  if (hasErrors(read)) return read;
  const row = walkFields(definition);
  if (hasErrors(row.diagnostics)) return [...read, ...row.diagnostics];
  return [
    ...read,
    ...row.diagnostics,
    ...checkRules(definition, row),
    ...checkOutputs(definition, row),
    ...checkDeliveries(definition),
    ...checkFileNamePatterns(definition),
  ];
}

function hasErrors(diagnostics: readonly DefinitionDiagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === "Error");
}

/** What expressions of a definition may read, with what was found on the way there. */
interface Row {
  /** The columns of the record's input, or undefined when it declares none (then every column is text and known only at run time). */
  readonly columns: readonly Column[] | undefined;
  readonly fields: readonly ScopeField[];
  readonly diagnostics: readonly DefinitionDiagnostic[];
}

/** Checks the fields in order; each sees those before it. */
function walkFields(definition: Definition): Row {
  const columns = definition.inputs.find((one) => one.name === definition.record.input)?.columns;
  const usable = columns?.filter((column) => isColumnType(column.type));
  const fields: ScopeField[] = [];
  const diagnostics: DefinitionDiagnostic[] = [];
  for (const [index, { name, value }] of definition.fields.entries()) {
    const scope = scopeOf(definition, { columns: usable, fields });
    const checked = checkExpression({ source: value, path: `spec.fields[${index}].value`, scope });
    diagnostics.push(...named(`field '${name}'`, checked.diagnostics));
    if (!checked.type) break;
    fields.push({ name, ...checked.type });
  }
  return { columns: usable, fields, diagnostics };
}

function scopeOf(definition: Definition, row: Pick<Row, "columns" | "fields"> | undefined, part = false): Scope {
  const runParameters = definition.parameters
    .filter(({ type }) => isColumnType(type))
    .map(({ name, type, default: value, required }) => ({ name, type, optional: value === undefined && !required }));
  return { ...(row && { row: row.columns ?? [], fields: row.fields }), runParameters, part };
}

function isReadable(row: Row, name: string): boolean {
  return !row.columns || [...row.columns, ...row.fields].some((one) => one.name === name);
}

function checkNames(definition: Definition): DefinitionDiagnostic[] {
  const columns = definition.inputs[0]?.columns ?? [];
  const taken = new Set(columns.map((column) => column.name));
  const fields = definition.fields.flatMap((field, index) => {
    if (!taken.has(field.name)) {
      taken.add(field.name);
      return [];
    }
    const hint = "give the field a name that no column and no field before it has";
    return [
      problem({
        path: `spec.fields[${index}].name`,
        code: "DuplicateName",
        source: field.name,
        message: `the name '${field.name}' is taken`,
        hint,
      }),
    ];
  });
  const ids = new Set<string>();
  const rules = definition.rules.flatMap((rule, index) => {
    if (!ids.has(rule.id)) {
      ids.add(rule.id);
      return [];
    }
    return [
      problem({
        path: `spec.validation.rules[${index}].id`,
        code: "DuplicateName",
        source: rule.id,
        message: `rule '${rule.id}': the id occurs twice`,
        hint: "give each rule an id of its own",
      }),
    ];
  });
  return [...fields, ...rules];
}

function checkRules(definition: Definition, row: Row): DefinitionDiagnostic[] {
  return definition.rules.flatMap((rule, index) => {
    const path = `spec.validation.rules[${index}]`;
    const subject = `rule '${rule.id}'`;
    const checked = checkExpression({
      source: rule.assert,
      path: `${path}.assert`,
      scope: scopeOf(definition, row),
      expected: "bool",
    });
    const columns = rule.columns.flatMap((name, position) =>
      isReadable(row, name)
        ? []
        : [
            problem({
              path: `${path}.columns[${position}]`,
              code: "UnknownName",
              source: name,
              message: `${subject}: unknown column '${name}'`,
              hint: "name a column or a field",
            }),
          ],
    );
    return [...named(subject, checked.diagnostics), ...columns];
  });
}

function checkOutputs(definition: Definition, row: Row): DefinitionDiagnostic[] {
  return definition.outputs.flatMap((output, index) => {
    const path = `spec.outputs[${index}]`;
    const subject = `output '${output.name}'`;
    const from = output.from === definition.record.input ? [] : [unknownInput(definition, output.from, `${path}.from`)];
    const name = checkTemplate({
      source: output.fileName,
      path: `${path}.fileName`,
      scope: scopeOf(definition, undefined, true),
    });
    const columns = (output.csv.columns ?? []).flatMap(
      ({ value }, position) =>
        checkExpression({
          source: value,
          path: `${path}.csv.columns[${position}].value`,
          scope: scopeOf(definition, row),
        }).diagnostics,
    );
    return [...from, ...named(subject, name.diagnostics), ...named(subject, columns)];
  });
}

function checkDeliveries(definition: Definition): DefinitionDiagnostic[] {
  const outputs = definition.outputs.map((output) => output.name);
  return definition.deliverTo.flatMap((target, index) =>
    target.outputs.flatMap((name, position) =>
      outputs.includes(name)
        ? []
        : [
            problem({
              path: `spec.deliverTo[${index}].outputs[${position}]`,
              code: "UnknownName",
              source: name,
              message: `unknown output '${name}'`,
              hint: `the outputs are ${outputs.join(", ")}`,
            }),
          ],
    ),
  );
}

function checkFileNamePatterns({ deliverTo, destinations }: Definition): DefinitionDiagnostic[] {
  return deliverTo.flatMap((target, index) => {
    const source = destinations.find(({ name }) => name === target.destination)?.delivery.fileNamePattern;
    const compiled = source === undefined ? undefined : compileFileNamePattern(source);
    if (source === undefined || !compiled || !("problem" in compiled)) return [];
    return [
      problem({
        path: `spec.deliverTo[${index}].destinationRef`,
        code: compiled.code,
        source,
        message: `Destination '${target.destination}' spec.delivery.fileNamePattern: ${compiled.problem}`,
        hint: compiled.hint ?? "correct the pattern in the Destination",
      }),
    ];
  });
}
