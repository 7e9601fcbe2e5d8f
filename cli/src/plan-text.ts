/** Owns how a resolved definition is shown: what is read, looked up, computed, judged, written and delivered, in the order in which it happens. */
import type { Definition } from "@openreg/crds/types";
import { visible } from "@openreg/language";
import { counted, table } from "./tables.ts";

type Rule = Definition["rules"][number];
type Output = Definition["outputs"][number];

/** The plan of a Report, a table per part. */
export function planText(definition: Definition): string {
  const { report, series, timeZone, record, parameters } = definition;
  const head = [
    `Report ${report}, series ${series}, time zone ${timeZone}`,
    `Records are the rows of ${record.input}, key ${record.key.join(", ") || "none"}${record.action === undefined ? "" : `, action ${oneLine(record.action)}`}`,
  ].join("\n");
  return [
    head,
    section(
      "PARAMETERS",
      ["NAME", "TYPE", "DEFAULT"],
      parameters.map((one) => [one.name, one.type, one.default ?? "(required)"]),
    ),
    section("INPUTS", ["NAME", "CONNECTOR", "USE", "COLUMNS"], definition.inputs.map(inputCells(definition))),
    section("LOOKUPS", ["FIELD", "TABLE", "KEYS", "ON MISSING"], definition.fields.flatMap(lookupCells)),
    section("FIELDS", ["NAME", "VALUE"], definition.fields.flatMap(fieldCells)),
    section(
      "RULES",
      ["ID", "SEVERITY", "PHASE", "INPUT", "FROM", "CONDITION"],
      rulesInOrder(definition).map(ruleCells(definition)),
    ),
    section("LIMITS", ["FINDINGS", "ABOVE", "BECOMES"], (definition.limits ?? []).map(limitCells)),
    section("OUTPUTS", ["NAME", "FORMAT", "FILE NAME", "VALUES"], definition.outputs.map(outputCells)),
    section(
      "DELIVERIES",
      ["DESTINATION", "MODE", "OUTPUTS"],
      definition.deliverTo.map(({ destination, outputs }) => [
        destination,
        definition.destinations.find(({ name }) => name === destination)?.mode ?? "-",
        outputs.join(", "),
      ]),
    ),
  ]
    .filter((text) => text !== "")
    .join("\n\n");
}

/** Rules of the first phase come before those of the second; within one, as written. */
function rulesInOrder({ rules }: Definition): readonly Rule[] {
  return [...rules.filter(({ phase }) => !phase), ...rules.filter(({ phase }) => phase)];
}

function section(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  return `${title}\n${table(
    head,
    rows.map((row) => row.map(visible)),
  )}`;
}

function inputCells({ record }: Definition) {
  return ({ name, sql, lookupBy, columns }: Definition["inputs"][number]): string[] => {
    const use = lookupBy ? `looked up by ${lookupBy.join(", ")}` : name === record.input ? "records" : "rows";
    return [name, sql.connector, use, columns ? String(columns.length) : "as the source says"];
  };
}

function lookupCells({ name, lookup }: Definition["fields"][number]): string[][] {
  if (!lookup) return [];
  const keys = lookup.keys.map((key) => `${key.name} = ${oneLine(key.value)}`).join(", ");
  const { mappingSet, input = "", onMissing, finding } = lookup;
  const found = finding ? `Finding ${finding.id} (${finding.severity})` : onMissing;
  return [[name, mappingSet === undefined ? `input ${input}` : `MappingSet ${mappingSet}`, keys, found]];
}

function fieldCells({ name, value }: Definition["fields"][number]): string[][] {
  return value === undefined ? [] : [[name, oneLine(value)]];
}

function ruleCells({ record }: Definition) {
  return (rule: Rule): string[] => [
    ...[rule.id, rule.severity, rule.phase ?? "PreGeneration", rule.from ?? record.input],
    rule.ruleSet === undefined ? "Report" : `RuleSet ${rule.ruleSet}`,
    conditionOf(rule),
  ];
}

function conditionOf({ assert, unique, totals }: Rule): string {
  if (assert !== undefined) return oneLine(assert);
  if (unique) return `unique ${unique.columns.join(", ")}`;
  if (!totals) return "-";
  const { left, right, value = "", tolerance } = totals;
  const within = tolerance ? ` within ${tolerance.absolute}` : "";
  return `${amountOf(left)} = ${right ? amountOf(right) : oneLine(value)}${within}`;
}

function amountOf({ from, sum, where }: NonNullable<Rule["totals"]>["left"]): string {
  const what = sum === undefined ? "count" : `sum of ${oneLine(sum)}`;
  return `${what} in ${from}${where === undefined ? "" : ` where ${oneLine(where)}`}`;
}

function limitCells({ severity, rule, above, becomes }: NonNullable<Definition["limits"]>[number]): string[] {
  const of = severity === undefined ? `of rule ${rule}` : `of severity ${severity}`;
  return [of, above.count === undefined ? `${above.percent} %` : String(above.count), becomes];
}

function outputCells(output: Output): string[] {
  const { name, fileName, csv, fixedWidth, json, xlsx, xml } = output;
  const kinds = { csv, fixedWidth, json, xlsx, xml };
  const [format] = Object.entries(kinds).flatMap(([kind, one]) => (one ? [kind] : []));
  const columns = csv?.columns ?? fixedWidth?.columns ?? json?.columns;
  const all = "all columns and fields";
  if (xlsx) return [name, "xlsx", fileName, counted(xlsx.sheets.length, "sheet")];
  const elements = xml?.choices.reduce((sum, one) => sum + one.elements.length, 0);
  if (elements !== undefined) return [name, "xml", fileName, counted(elements, "element")];
  return [name, format ?? "-", fileName, columns ? counted(columns.length, "column") : all];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
