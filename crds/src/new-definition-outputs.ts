/** Owns how what is written is resolved: outputs with their formats, and how files are packed. */
import type { Definition } from "./definition.ts";
import type { ReportSpec } from "./types.ts";

type Output = ReportSpec["outputs"][number];
type ResolvedOutput = Definition["outputs"][number];
type Xml = NonNullable<Output["xml"]>;
type Packing = NonNullable<NonNullable<ReportSpec["deliverTo"]>[number]["package"]>[number];

/** A key of a ConfigMap that a Report or a MappingSet names. */
export interface ConfigMapKey {
  readonly name: string;
  readonly key: string;
}

/** The name that a text of a ConfigMap has among the parts of a definition. */
export function partNameOfKey({ name, key }: ConfigMapKey): string {
  return `${name}/${key}`;
}

/** An output as a definition holds it. Throws an Error for a format that is not available yet. */
export function resolvedOutput(output: Output, recordInput: string): ResolvedOutput {
  const from = output.from ?? recordInput;
  return {
    name: output.name,
    from,
    fileName: output.fileName,
    whenEmpty: output.whenEmpty ?? "Fail",
    ...(output.split && { split: resolvedSplit(output.split) }),
    ...resolvedFormat(output, from),
  };
}

function resolvedFormat(output: Output, from: string): Partial<ResolvedOutput> {
  const { csv, fixedWidth, json, xlsx, xml } = output;
  if (csv) return { csv: resolvedCsv(csv) };
  if (fixedWidth) return { fixedWidth: resolvedFixedWidth(fixedWidth) };
  if (json) return { json: { form: json.form ?? "Array", ...(json.columns && { columns: [...json.columns] }) } };
  if (xlsx) return { xlsx: resolvedXlsx(xlsx, output.name, from) };
  if (xml) return { xml: resolvedXml(xml) };
  throw new Error(`output '${output.name}' uses what is not available yet`);
}

function resolvedCsv(csv: NonNullable<Output["csv"]>): NonNullable<ResolvedOutput["csv"]> {
  return {
    ...(csv.columns && { columns: [...csv.columns] }),
    columnNames: csv.columnNames ?? true,
    delimiter: csv.delimiter ?? ",",
    quote: csv.quote ?? "Minimal",
    newline: csv.newline ?? "LF",
    bom: csv.bom ?? false,
    formulas: csv.formulas ?? "Refuse",
    ...resolvedLines(csv),
  };
}

function resolvedFixedWidth(format: NonNullable<Output["fixedWidth"]>): NonNullable<ResolvedOutput["fixedWidth"]> {
  return {
    columns: format.columns.map(({ value, width, align = "Left", pad = " " }) => ({ value, width, align, pad })),
    newline: format.newline ?? "LF",
    ...resolvedLines(format),
  };
}

interface Lines {
  readonly header?: readonly string[] | undefined;
  readonly trailer?: readonly string[] | undefined;
}

function resolvedLines({ header, trailer }: Lines) {
  return {
    ...(header?.length && { header: [...header] }),
    ...(trailer?.length && { trailer: [...trailer] }),
  };
}

function resolvedXlsx({ sheets }: NonNullable<Output["xlsx"]>, name: string, from: string) {
  const all = sheets ?? [{ name: name.slice(0, 31) }];
  return {
    sheets: all.map((sheet) => ({
      name: sheet.name,
      from: sheet.from ?? from,
      ...(sheet.columns && { columns: [...sheet.columns] }),
    })),
  };
}

function resolvedXml(xml: Xml): NonNullable<ResolvedOutput["xml"]> {
  return {
    ...(xml.schema && { schema: { part: partNameOfKey(xml.schema.configMapKeyRef) } }),
    namespaces: sortedEntries(xml.namespaces ?? {}).map(([prefix, uri]) => ({ prefix, uri })),
    ...(xml.header?.length && { header: xml.header.map(withAttributes) }),
    recordAt: xml.recordAt,
    choices: xml.choices.map(({ when, at, elements }) => ({
      ...(when !== undefined && { when }),
      ...(at !== undefined && { at }),
      elements: elements.map(withAttributes),
    })),
    ...(xml.trailer?.length && { trailer: xml.trailer.map(withAttributes) }),
  };
}

/** Attributes in the order of their names: a map has no other. */
function withAttributes<T extends { readonly attributes?: Readonly<Record<string, string>> | undefined }>(element: T) {
  const { attributes = {}, ...rest } = element;
  const named = sortedEntries(attributes).map(([name, value]) => ({ name, value }));
  return { ...rest, ...(named.length > 0 && { attributes: named }) };
}

function sortedEntries(record: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(record).sort(([first], [second]) => (first < second ? -1 : 1));
}

function resolvedSplit(split: NonNullable<Output["split"]>): NonNullable<ResolvedOutput["split"]> {
  const { maxRecords, maxSize, measured = "Uncompressed", by, keepTogether } = split;
  return {
    ...(maxRecords !== undefined && { maxRecords }),
    ...(maxSize !== undefined && { maxSizeBytes: bytesOf(maxSize) }),
    measured,
    ...(by && { by: [...by] }),
    ...(keepTogether && { keepTogether }),
  };
}

const units: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["k", 1e3],
  ["Ki", 2 ** 10],
  ["M", 1e6],
  ["Mi", 2 ** 20],
  ["G", 1e9],
  ["Gi", 2 ** 30],
]);

/** The bytes that a size such as `200M` stands for. */
function bytesOf(size: string): number {
  const [, digits = "", unit = ""] = /^([0-9]+)([A-Za-z]*)$/.exec(size) ?? [];
  return Number(digits) * (units.get(unit) ?? Number.NaN);
}

/** How files are packed. Throws an Error for what is not available yet. */
export function resolvedPacking({
  gzip,
  zip,
}: Packing): NonNullable<Definition["deliverTo"][number]["package"]>[number] {
  if (gzip) return { gzip: {} };
  if (zip) return { zip: { ...(zip.entryName !== undefined && { entryName: zip.entryName }) } };
  throw new Error("deliverTo.package uses what is not available yet");
}
