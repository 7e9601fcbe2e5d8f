/** Owns the check of outputs: file names, splits, and what each format writes. */
import type { Definition } from "@openreg/crds/types";
import { checkColumns } from "./check-columns.ts";
import { checkExpression, type Expected } from "./check-expression.ts";
import { unknownInput } from "./check-inputs.ts";
import { checkXml } from "./check-xml.ts";
import { type DefinitionDiagnostic, named, problem } from "./definition-problem.ts";
import { type InputRow, namesInRow, partScope, rowOfInput, rowScope, typeInRow } from "./definition-scope.ts";
import { newReporter } from "./diagnostic.ts";
import { checkTemplate } from "./template.ts";
import { splitTemplate } from "./template-syntax.ts";

type Output = Definition["outputs"][number];

/** Checks all outputs; `record` has the rows of the record. */
export function checkOutputs(definition: Definition, record: InputRow): DefinitionDiagnostic[] {
  return definition.outputs.flatMap((output, index) => {
    const path = `spec.outputs[${index}]`;
    const subject = `output '${output.name}'`;
    const from = checkFrom(definition, output.from, `${path}.from`);
    const name = checkTemplate({ source: output.fileName, path: `${path}.fileName`, scope: partScope(definition) });
    const place = { definition, output, path, row: rowOf(definition, record, output.from), record };
    if (from.length > 0) return named(subject, [...from, ...name.diagnostics]);
    return named(subject, [...name.diagnostics, ...checkSplit(place), ...checkFormat(place)]);
  });
}

/** What the checks of one output look at. */
export interface OutputPlace {
  readonly definition: Definition;
  readonly output: Output;
  readonly path: string;
  /** The rows that it writes. */
  readonly row: InputRow;
  /** The rows of the record. */
  readonly record: InputRow;
}

function rowOf(definition: Definition, record: InputRow, from: string): InputRow {
  return from === record.input ? record : rowOfInput(definition, from);
}

/** Checks that an input exists whose rows can be written. */
function checkFrom(definition: Definition, from: string, path: string): DefinitionDiagnostic[] {
  const input = definition.inputs.find(({ name }) => name === from);
  if (!input) return [unknownInput(definition, from, path)];
  if (!input.lookupBy) return [];
  const message = `input '${from}' is a table to look up in, its rows are not written`;
  const hint = "name an input without lookupBy";
  return [problem({ path, code: "BadValue", source: from, message, hint })];
}

function checkFormat(place: OutputPlace): DefinitionDiagnostic[] {
  const { csv, fixedWidth, json, xml, xlsx } = place.output;
  if (csv) return [...checkCells(place, csv.columns, "csv"), ...checkLines(place, csv, "csv")];
  if (fixedWidth)
    return [...checkCells(place, fixedWidth.columns, "fixedWidth"), ...checkLines(place, fixedWidth, "fixedWidth")];
  if (json) return [...checkCells(place, json.columns ?? [], "json", "list"), ...checkMembers(place)];
  if (xlsx) return checkSheets(place, xlsx.sheets);
  return xml ? checkXml(place, xml) : [];
}

/** Checks the columns of a file, or when it names none, that all columns of the rows can be written. */
function checkCells(
  { definition, path, row }: OutputPlace,
  columns: readonly { readonly value: string }[] | undefined,
  member: string,
  expected: Expected = "any",
): DefinitionDiagnostic[] {
  const scope = rowScope(definition, row);
  if (columns)
    return columns.flatMap(({ value }, position) => [
      ...checkExpression({ source: value, path: `${path}.${member}.columns[${position}].value`, scope, expected })
        .diagnostics,
    ]);
  const list = namesInRow(row).find((name) => isListIn(row, name));
  if (list === undefined) return [];
  const message = `the column '${list}' is a list and cannot be written as one value`;
  const hint = `name the columns to write, with row.${list}.join(",") where it is a list of strings`;
  return [problem({ path: `${path}.${member}`, code: "BadType", source: list, message, hint })];
}

function isListIn(row: InputRow, name: string): boolean {
  const type = typeInRow(row, name);
  return type !== undefined && type !== "unknown" && type.kind === "list";
}

interface Lines {
  readonly header?: readonly string[] | undefined;
  readonly trailer?: readonly string[] | undefined;
}

function checkLines({ definition, path }: OutputPlace, lines: Lines, member: string): DefinitionDiagnostic[] {
  const scope = partScope(definition);
  return (["header", "trailer"] as const).flatMap((part) =>
    (lines[part] ?? []).flatMap((source, position) => [
      ...checkTemplate({ source, path: `${path}.${member}.${part}[${position}]`, scope }).diagnostics,
    ]),
  );
}

function checkMembers({ output, path }: OutputPlace): DefinitionDiagnostic[] {
  const names = (output.json?.columns ?? []).map(({ name }) => name);
  return twice(names).map(([name, position]) =>
    problem({
      ...{ path: `${path}.json.columns[${position}].name`, code: "DuplicateName", source: name },
      ...{ message: `the member '${name}' occurs twice`, hint: "give each member a name of its own" },
    }),
  );
}

function twice(names: readonly string[]): readonly (readonly [name: string, position: number])[] {
  return [...names.entries()].flatMap(([position, name]) =>
    names.indexOf(name) < position ? [[name, position] as const] : [],
  );
}

function checkSheets(place: OutputPlace, sheets: NonNullable<Output["xlsx"]>["sheets"]): DefinitionDiagnostic[] {
  const { definition, path, record } = place;
  const duplicates = twice(sheets.map(({ name }) => name.toLowerCase())).map(([, position]) => {
    const source = sheets[position]?.name ?? "";
    const message = `a second sheet is named '${source}' (case does not count)`;
    const hint = "give each sheet a name of its own";
    return problem({ path: `${path}.xlsx.sheets[${position}].name`, code: "DuplicateName", source, message, hint });
  });
  const each = sheets.flatMap((sheet, index) => {
    const from = checkFrom(definition, sheet.from, `${path}.xlsx.sheets[${index}].from`);
    if (from.length > 0) return from;
    const row = rowOf(definition, record, sheet.from);
    return checkCells({ ...place, row }, sheet.columns, `xlsx.sheets[${index}]`);
  });
  return [...duplicates, ...each];
}

function checkSplit({ definition, output, path, row }: OutputPlace): DefinitionDiagnostic[] {
  const { split, fileName } = output;
  if (!split) return [];
  const at = `${path}.split`;
  const { maxRecords, maxSizeBytes, by = [], keepTogether, measured } = split;
  const remark = (member: string, source: string, message: string, hint: string) =>
    problem({ path: `${at}${member}`, code: "BadValue", source, message, hint });
  const isCut = maxRecords !== undefined || maxSizeBytes !== undefined || by.length > 0;
  return [
    ...checkColumns({ names: by, path: `${at}.by`, row, subject: "split" }),
    ...(isCut ? [] : [remark("", "", "split does not say where a part ends", "set maxRecords, maxSize or by")]),
    ...(measured === "Compressed" && maxSizeBytes === undefined
      ? [remark(".measured", measured, "measured is about maxSize, which is not set", "set maxSize, or take it out")]
      : []),
    ...(keepTogether && (definition.record.key.length === 0 || !row.isRecord)
      ? [remark(".keepTogether", keepTogether, "these rows have no record key", "set spec.record.key, or take it out")]
      : []),
    ...(isCut && !namesParts(fileName)
      ? [
          problem({
            ...{ path: `${path}.fileName`, code: "BadValue", source: fileName },
            message: "all parts would have the same name",
            hint: "put {part.number} into it",
          }),
        ]
      : []),
  ];
}

/** Whether a template says which part it is. */
function namesParts(source: string): boolean {
  const pieces = splitTemplate(source, newReporter("", source)) ?? [];
  return pieces.some((piece) => piece.kind !== "text" && /\bpart\s*\.\s*(number|sequence)\b/.test(piece.text));
}

/** Checks what is delivered, and that one receiver does not get two files of one name. */
export function checkDeliveries(definition: Definition): DefinitionDiagnostic[] {
  const outputs = definition.outputs.map((output) => output.name);
  return definition.deliverTo.flatMap((target, index) => {
    const path = `spec.deliverTo[${index}]`;
    const unknown = target.outputs.flatMap((name, position) => {
      if (outputs.includes(name)) return [];
      const at = `${path}.outputs[${position}]`;
      const hint = `the outputs are ${outputs.join(", ")}`;
      return [problem({ path: at, code: "UnknownName", source: name, message: `unknown output '${name}'`, hint })];
    });
    const names = target.outputs.map((name) => definition.outputs.find((one) => one.name === name)?.fileName ?? name);
    const sameName = twice(names).map(([source, position]) => {
      const message = `Destination '${target.destination}' gets two files named ${source}`;
      const at = `spec.outputs[${outputs.indexOf(target.outputs[position] ?? "")}].fileName`;
      const hint = "give each output a file name of its own";
      return problem({ path: at, code: "DuplicateName", source, message, hint });
    });
    const entries = (target.package ?? []).flatMap(({ zip }, position) => {
      const at = `${path}.package[${position}].zip.entryName`;
      const source = zip?.entryName;
      return source === undefined
        ? []
        : [...checkTemplate({ source, path: at, scope: partScope(definition) }).diagnostics];
    });
    return [...unknown, ...sameName, ...entries, ...checkSequence(definition, target, path)];
  });
}

/** Checks that the receiver has the sequence that numbers its files. */
function checkSequence(
  { destinations }: Definition,
  { destination: name, sequence }: Definition["deliverTo"][number],
  path: string,
): DefinitionDiagnostic[] {
  const destination = destinations.find((one) => one.name === name);
  if (sequence === undefined || !destination) return [];
  const known = (destination.sequences ?? []).map((one) => one.name);
  if (known.includes(sequence)) return [];
  const message = `Destination '${name}' has no sequence '${sequence}'`;
  const hint = known.length > 0 ? `its sequences are ${known.join(", ")}` : "it has none: add it to its spec.sequences";
  return [problem({ path: `${path}.sequence`, code: "UnknownName", source: sequence, message, hint })];
}
