/** Holds the check to what it says about bad definitions: where, what and what to do. The operator and `openreg lint` show the same words. */
import type { DefinitionSources } from "@openreg/crds";
import type { ReportSpec } from "@openreg/crds/types";
import { describe, expect, test } from "vitest";
import { checkDefinition } from "./check-definition.ts";
import { wideDefinition, wideParts, wideSources, wideSpec } from "./wide-report.fixture.ts";

interface Bad {
  readonly change?: Partial<ReportSpec>;
  readonly sources?: Partial<DefinitionSources>;
  readonly parts?: ReadonlyMap<string, string>;
  readonly path: string;
  /** `line:column message (hint)`. */
  readonly says: string;
}

type Validation = NonNullable<ReportSpec["validation"]>;
type Output = ReportSpec["outputs"][number];
type Xml = NonNullable<Output["xml"]>;
type Rule = NonNullable<Validation["rules"]>[number];

const own = wideSpec.validation ?? {};
const validation = (change: Partial<Validation>) => ({ validation: { ...own, ...change } });
const rules = (...added: Rule[]) => validation({ rules: [...(own.rules ?? []), ...added] });
const record = (change: Partial<NonNullable<ReportSpec["record"]>>) => ({ record: { ...wideSpec.record, ...change } });
const output = (index: number, change: Partial<Output>) => ({
  outputs: wideSpec.outputs.map((one, at) => (at === index ? { ...one, ...change } : one)),
});
const xml = (change: Partial<Xml>) => output(4, { xml: { ...(wideSpec.outputs[4]?.xml as Xml), ...change } });
const elements = (...added: Xml["choices"][number]["elements"]) => xml({ choices: [{ elements: added }] });
const input = (index: number, change: Partial<ReportSpec["inputs"][number]>) => ({
  inputs: wideSpec.inputs.map((one, at) => (at === index ? { ...one, ...change } : one)),
});
const field = (index: number, change: NonNullable<ReportSpec["fields"]>[number]) => ({
  fields: (wideSpec.fields ?? []).map((one, at) => (at === index ? change : one)),
});
type Lookup = NonNullable<NonNullable<ReportSpec["fields"]>[number]["lookup"]>;
const lookup = (change: Lookup) => field(1, { name: "capacity", lookup: change });
const mapping = (change: object) => ({
  mappingSets: new Map([
    ...(wideSources.mappingSets ?? []),
    ["capacities", { keys: { code: "String" }, values: { esma: "String" }, ...change }] as const,
  ]),
});
const table = (text: string) => new Map([["tables/currencies.csv", text]]);
const ref = (bind: Record<string, string>) => validation({ ruleSetRefs: [{ name: "shared", bind }] });

const bad: Readonly<Record<string, Bad>> = {
  "an unknown column in a rule": {
    change: rules({ id: "R", severity: "Warning", assert: "row.quantiy > 0.0" }),
    path: "spec.validation.rules[4].assert",
    says: "1:5 rule 'R': unknown column 'quantiy' (known are tx_ref, status, exec_lei, mic, qty, ccy, waivers, twice, venue, capacity, currency)",
  },
  "an unknown value of a lookup": {
    change: rules({ id: "R", severity: "Warning", assert: "row.venue.eaa == true" }),
    path: "spec.validation.rules[4].assert",
    says: "1:11 rule 'R': lookup 'venue' has no field 'eaa' (did you mean 'eea'?)",
  },
  "a rule id that a rule set has": {
    change: rules({ id: "lei-valid", severity: "Warning", assert: "true" }),
    path: "spec.validation.ruleSetRefs[0]",
    says: "1:1 rule 'lei-valid' of RuleSet 'shared': the id occurs twice (give each rule an id of its own)",
  },
  "a finding of a lookup with the id of a rule": {
    change: lookup({
      mappingSetRef: { name: "capacities" },
      keys: { code: "row.status" },
      onMissing: "Finding",
      finding: { id: "eea", severity: "Warning" },
    }),
    path: "spec.fields[1].lookup.finding.id",
    says: "1:1 field 'capacity': the id 'eea' occurs twice (give each rule an id of its own)",
  },
  "a rule about an input that does not exist": {
    change: rules({ id: "R", severity: "Warning", from: "deals", assert: "true" }),
    path: "spec.validation.rules[4].from",
    says: "1:1 rule 'R': unknown input 'deals' (the inputs are trades, venues, control)",
  },
  "a field in a rule about another input": {
    change: rules({ id: "R", severity: "Warning", from: "control", assert: "row.twice > 0.0" }),
    path: "spec.validation.rules[4].assert",
    says: "1:5 rule 'R': unknown column 'twice' (known are total)",
  },
  "unique over a column that does not exist": {
    change: rules({ id: "R", severity: "Blocking", unique: { columns: ["tx_ref", "statos"] } }),
    path: "spec.validation.rules[4].unique.columns[1]",
    says: "1:1 rule 'R': unknown column 'statos' (did you mean 'status'?)",
  },
  "unique over a list": {
    change: rules({ id: "R", severity: "Blocking", unique: { columns: ["waivers"] } }),
    path: "spec.validation.rules[4].unique.columns[0]",
    says: "1:1 rule 'R': 'waivers' is a list and cannot be compared (name a column with one value)",
  },
  "unique over a lookup": {
    change: rules({ id: "R", severity: "Blocking", unique: { columns: ["venue"] } }),
    path: "spec.validation.rules[4].unique.columns[0]",
    says: "1:1 rule 'R': 'venue' is a lookup, not a column (add a field with the value row.venue.mic and name it here)",
  },
  "a total of texts": {
    change: rules({ id: "R", severity: "Blocking", totals: { left: { sum: "row.mic" }, value: "1" } }),
    path: "spec.validation.rules[4].totals.left.sum",
    says: "1:1 rule 'R': a total is a number, this is string (write an int or a decimal)",
  },
  "a total over an input that does not exist": {
    change: rules({ id: "R", severity: "Blocking", totals: { left: { from: "x", count: true }, value: "1" } }),
    path: "spec.validation.rules[4].totals.left.from",
    says: "1:1 rule 'R': unknown input 'x' (the inputs are trades, venues, control)",
  },
  "a total that must be what only rows have": {
    change: rules({ id: "R", severity: "Blocking", totals: { left: { count: true }, value: "row.qty" } }),
    path: "spec.validation.rules[4].totals.value",
    says: "1:1 rule 'R': there is no row here (use run.* values)",
  },
  "a window of a rule that holds no day": {
    change: rules({
      ...{ id: "R", severity: "Warning", assert: "true" },
      effective: { from: "2026-02-01", until: "2026-02-01" },
    }),
    path: "spec.validation.rules[4].effective.until",
    says: "1:1 rule 'R': the window from 2026-02-01 until 2026-02-01 holds no day (until is the first day on which it no longer holds: write a later one)",
  },
  "a bound name that the rule set does not have": {
    change: ref({ lei: "exec_lei", amount: "twice", isin: "mic" }),
    path: "spec.validation.ruleSetRefs[0].bind.isin",
    says: "1:1 RuleSet 'shared' has no column 'isin' (known are lei, amount, ccy)",
  },
  "a column of a rule set that is not bound": {
    change: ref({ lei: "exec_lei" }),
    path: "spec.validation.ruleSetRefs[0].bind",
    says: "1:1 column 'amount' of RuleSet 'shared' is not bound (add amount: <column or field>)",
  },
  "a column of a rule set that is bound to nothing": {
    change: ref({ lei: "exec_lie", amount: "twice" }),
    path: "spec.validation.ruleSetRefs[0].bind.lei",
    says: "1:1 column 'lei' of RuleSet 'shared' is bound to 'exec_lie', which is no column (did you mean 'exec_lei'?)",
  },
  "a column of a rule set that is bound to another type": {
    change: ref({ lei: "qty", amount: "twice" }),
    path: "spec.validation.ruleSetRefs[0].bind.lei",
    says: "1:1 column 'lei' of RuleSet 'shared' is String, but 'qty' is decimal(18,5) (bind a String)",
  },
  "a rule set that is named twice": {
    change: validation({ ruleSetRefs: [...(own.ruleSetRefs ?? []), ...(own.ruleSetRefs ?? [])] }),
    path: "spec.validation.ruleSetRefs[1].name",
    says: "1:1 RuleSet 'shared' is named twice (take one of the references out)",
  },
  "a limit on an unknown rule": {
    change: validation({ limits: [{ rule: "eae", above: { count: 1 }, becomes: "Blocking" }] }),
    path: "spec.validation.limits[0].rule",
    says: "1:1 unknown rule 'eae' (did you mean 'eea'?)",
  },
  "a limit on a rule that blocks already": {
    change: validation({ limits: [{ rule: "unique", above: { count: 1 }, becomes: "Blocking" }] }),
    path: "spec.validation.limits[0].rule",
    says: "1:1 rule 'unique' is Blocking already, so a limit changes nothing (give the rule another severity, or take the limit out)",
  },
  "an override of an unknown rule": {
    change: validation({
      overrides: [{ rule: "eaa", effectiveUntil: "2026-06-01", severity: "Warning", reason: "x" }],
    }),
    path: "spec.validation.overrides[0].rule",
    says: "1:1 unknown rule 'eaa' (did you mean 'eea'?)",
  },
  "two overrides of a rule at a time": {
    change: validation({
      overrides: [
        { rule: "eea", effectiveUntil: "2026-06-01", severity: "Warning", reason: "x" },
        { rule: "eea", effectiveFrom: "2026-05-31", effectiveUntil: "2026-07-01", severity: "Disabled", reason: "x" },
      ],
    }),
    path: "spec.validation.overrides[1].effectiveFrom",
    says: "1:1 rule 'eea' is overridden twice at a time: until 2026-06-01 and from 2026-05-31 until 2026-07-01 (end the first before the second begins)",
  },
  "an action that is read from a column": {
    change: record({ action: "row.status" }),
    path: "spec.record.action",
    says: '1:1 an action is one of New, Modify, Cancel, Correct, written out (choose by a condition, as in row.status == "CANC" ? "Cancel" : "New")',
  },
  "an action that does not exist": {
    change: record({ action: 'row.status == "CANC" ? "Delete" : "New"' }),
    path: "spec.record.action",
    says: '1:24 an action is one of New, Modify, Cancel, Correct, written out (choose by a condition, as in row.status == "CANC" ? "Cancel" : "New")',
  },
  "records from a table to look up in": {
    change: record({ input: "venues", key: ["mic"] }),
    path: "spec.record.input",
    says: "1:1 input 'venues' is a table to look up in, its rows are no records (name an input without lookupBy)",
  },
  "a record key that is a list": {
    change: record({ key: ["waivers"] }),
    path: "spec.record.key[0]",
    says: "1:1 'waivers' is a list and cannot be a key (name a column with one value)",
  },
  "a key column of a table that does not exist": {
    change: input(1, { lookupBy: ["mik"] }),
    path: "spec.inputs[1].lookupBy[0]",
    says: "1:1 unknown column 'mik' (did you mean 'mic'?)",
  },
  "a table without columns": {
    change: input(1, { columns: undefined }),
    path: "spec.inputs[1]",
    says: "1:1 input 'venues' is looked up in, but declares no columns (declare its columns with their types)",
  },
  "a lookup in an input that does not exist": {
    change: lookup({ input: "venus", keys: { mic: "row.mic" } }),
    path: "spec.fields[1].lookup.input",
    says: "1:1 field 'capacity': unknown input 'venus' (did you mean 'venues'?)",
  },
  "a lookup in a stream of rows": {
    change: lookup({ input: "control", keys: { total: "row.qty" } }),
    path: "spec.fields[1].lookup.input",
    says: "1:1 field 'capacity': input 'control' is a stream of rows, not a table to look up in (set lookupBy of input 'control' to its key columns)",
  },
  "a lookup without one of its keys": {
    change: lookup({ mappingSetRef: { name: "capacities" }, keys: {} }),
    path: "spec.fields[1].lookup.keys",
    says: "1:1 field 'capacity': MappingSet 'capacities' is looked up by code, but keys has no 'code' (add code: <expression>)",
  },
  "a lookup with a key that the table does not have": {
    change: lookup({ mappingSetRef: { name: "capacities" }, keys: { code: "row.status", kode: "row.mic" } }),
    path: "spec.fields[1].lookup.keys.kode",
    says: "1:1 field 'capacity': MappingSet 'capacities' has no key 'kode' (did you mean 'code'?)",
  },
  "a lookup by a key of another type": {
    change: lookup({ mappingSetRef: { name: "capacities" }, keys: { code: "row.qty" } }),
    path: "spec.fields[1].lookup.keys.code",
    says: "1:1 field 'capacity': key 'code' is decimal(18,5), but MappingSet 'capacities' has String there (write an expression of type String)",
  },
  "a mapping with two values at a time": {
    sources: mapping({
      entries: [
        { keys: { code: "P" }, values: { esma: "DEAL" }, effectiveUntil: "2026-01-02" },
        { keys: { code: "P" }, values: { esma: "AOTC" }, effectiveFrom: "2026-01-01" },
      ],
    }),
    path: "spec.fields[1].lookup.mappingSetRef",
    says: "1:1 MappingSet 'capacities', entry 2: code P is there twice: until 2026-01-02 and from 2026-01-01 (give each key one value at a time: end the first before the second begins)",
  },
  "a mapping with a value that is not of its type": {
    sources: mapping({ values: { esma: "Integer" }, entries: [{ keys: { code: "P" }, values: { esma: "x" } }] }),
    path: "spec.fields[1].lookup.mappingSetRef",
    says: "1:1 MappingSet 'capacities', entry 1: 'esma' is Integer, but \"x\" is not a whole number (write a Integer)",
  },
  "a mapping without a key": {
    sources: mapping({ entries: [{ keys: {}, values: { esma: "x" } }] }),
    path: "spec.fields[1].lookup.mappingSetRef",
    says: "1:1 MappingSet 'capacities', entry 1: there is no key 'code' (write a value for each key)",
  },
  "a mapping table without a column": {
    parts: table("kode,name\nEUR,Euro\n"),
    path: "spec.fields[2].lookup.mappingSetRef",
    says: "1:1 MappingSet 'currencies', line 1 of tables/currencies.csv: there is no column 'code' (the first line names code, name)",
  },
  "a mapping table with a short line": {
    parts: table('code,name\nEUR,"Euro\nof Europe"\n\nDEM\n'),
    path: "spec.fields[2].lookup.mappingSetRef",
    says: "1:1 MappingSet 'currencies', line 5 of tables/currencies.csv: 1 values, not 2 (write one value per column)",
  },
  "a mapping table with a day that does not exist": {
    parts: table("code,name,effectiveFrom\nEUR,Euro,2026-02-30\n"),
    path: "spec.fields[2].lookup.mappingSetRef",
    says: "1:1 MappingSet 'currencies', record 1 of tables/currencies.csv: '2026-02-30' is not a date of the calendar (write a date such as 2026-04-01)",
  },
  "rows of a table to look up in as an output": {
    change: output(0, { from: "venues" }),
    path: "spec.outputs[0].from",
    says: "1:1 output 'csv': input 'venues' is a table to look up in, its rows are not written (name an input without lookupBy)",
  },
  "a sheet of an input that does not exist": {
    change: output(3, { xlsx: { sheets: [{ name: "A", from: "controls" }] } }),
    path: "spec.outputs[3].xlsx.sheets[0].from",
    says: "1:1 output 'xlsx': unknown input 'controls' (the inputs are trades, venues, control)",
  },
  "two sheets of one name": {
    change: output(3, { xlsx: { sheets: ["A", "a"].map((name) => ({ name, from: "control" })) } }),
    path: "spec.outputs[3].xlsx.sheets[1].name",
    says: "1:1 output 'xlsx': a second sheet is named 'a' (case does not count) (give each sheet a name of its own)",
  },
  "all columns as CSV, with a list among them": {
    change: output(0, { csv: {} }),
    path: "spec.outputs[0].csv",
    says: "1:1 output 'csv': the column 'waivers' is a list and cannot be written as one value (name the columns to write, with row.waivers.join(\",\") where it is a list of strings)",
  },
  "a list in a cell": {
    change: output(0, { csv: { columns: [{ header: "W", value: "row.waivers" }] } }),
    path: "spec.outputs[0].csv.columns[0].value",
    says: "1:1 output 'csv': a list of string cannot be written as one value (use x.join(\",\") on a list of strings, or x.size())",
  },
  "each of what is no list": {
    change: elements({ at: "A", each: "row.mic" }),
    path: "spec.outputs[4].xml.choices[0].elements[0].each",
    says: "1:1 output 'xml': each writes one element per item of a list, but this is string (write value instead of each)",
  },
  "two members of one name": {
    change: output(2, { json: { columns: [1, 2].map(() => ({ name: "id", value: "row.mic" })) } }),
    path: "spec.outputs[2].json.columns[1].name",
    says: "1:1 output 'json': the member 'id' occurs twice (give each member a name of its own)",
  },
  "a row in a trailer": {
    change: output(0, { csv: { trailer: ["T", "T;{row.qty}"] } }),
    path: "spec.outputs[0].csv.trailer[1]",
    says: "1:4 output 'csv': there is no row here (use run.* values)",
  },
  "a split that does not cut": {
    change: output(1, { split: { keepTogether: "RecordKey" } }),
    path: "spec.outputs[1].split",
    says: "1:1 output 'fixed': split does not say where a part ends (set maxRecords, maxSize or by)",
  },
  "parts of one name": {
    change: output(1, { split: { maxRecords: 10 } }),
    path: "spec.outputs[1].fileName",
    says: "1:1 output 'fixed': all parts would have the same name (put {part.number} into it)",
  },
  "a split by a column that does not exist": {
    change: output(0, { split: { by: ["currencies"] } }),
    path: "spec.outputs[0].split.by[0]",
    says: "1:1 output 'csv': split: unknown column 'currencies' (known are tx_ref, status, exec_lei, mic, qty, ccy, waivers, twice)",
  },
  "parts kept together without a key": {
    change: record({ key: undefined }),
    path: "spec.outputs[0].split.keepTogether",
    says: "1:1 output 'csv': these rows have no record key (set spec.record.key, or take it out)",
  },
  "two files of one name for one receiver": {
    change: output(2, { fileName: "T.txt" }),
    path: "spec.outputs[2].fileName",
    says: "1:1 Destination 'regulator' gets two files named T.txt (give each output a file name of its own)",
  },
  "an entry name that reads a row": {
    change: { deliverTo: [{ destinationRef: { name: "regulator" }, package: [{ zip: { entryName: "{row.qty}" } }] }] },
    path: "spec.deliverTo[0].package[0].zip.entryName",
    says: "1:2 there is no row here (use run.* values)",
  },
  "an XML element that is opened again": {
    change: elements({ at: "A/X", value: "1" }, { at: "B", value: "1" }, { at: "A/Y", value: "1" }),
    path: "spec.outputs[4].xml.choices[0].elements[2].at",
    says: "1:1 output 'xml': 'A' was closed by the elements before (put all elements below A next to each other)",
  },
  "an XML element that is written twice": {
    change: elements({ at: "A", when: "row.qty > 0.0", value: "1" }, { at: "A", value: "1" }),
    path: "spec.outputs[4].xml.choices[0].elements[1].at",
    says: "1:1 output 'xml': 'A' is written twice (give both a condition, or use each with a list)",
  },
  "an XML element with text and elements": {
    change: elements({ at: "A", value: "1" }, { at: "A/B", value: "1" }),
    path: "spec.outputs[4].xml.choices[0].elements[1].at",
    says: "1:1 output 'xml': 'A' would hold both text and elements (give the text an element of its own)",
  },
  "an XML prefix without a namespace": {
    change: xml({ recordAt: "b:Data/Pyld/e:Document/Tx" }),
    path: "spec.outputs[4].xml.recordAt",
    says: "1:13 output 'xml': the prefix 'e' has no namespace (did you mean 'b'?)",
  },
  "an XML header with another root": {
    change: xml({ header: [{ at: "b:Date/Hdr", value: "1" }] }),
    path: "spec.outputs[4].xml.header[0].at",
    says: "1:1 output 'xml': a document has one root, which is 'b:Data' in recordAt (begin the path with b:Data/)",
  },
  "an XML record without a root": {
    change: xml({ recordAt: "Tx", header: [], trailer: [] }),
    path: "spec.outputs[4].xml.recordAt",
    says: "1:1 output 'xml': the record is repeated, so it cannot be the root of the document (write <root>/Tx)",
  },
  "an XML choice that is never taken": {
    change: xml({ choices: [1, 2].map(() => ({ elements: [{ at: "A", value: "1" }] })) }),
    path: "spec.outputs[4].xml.choices[1]",
    says: "1:1 output 'xml': the choice before it has no condition, so this one is never taken (give choices[0] a condition, or put it last)",
  },
  "an XML attribute that declares a namespace": {
    change: elements({ at: "A", value: "1", attributes: { "xmlns:x": '"u"' } }),
    path: "spec.outputs[4].xml.choices[0].elements[0].attributes.xmlns:x",
    says: "1:1 output 'xml': 'xmlns:x' cannot be the name of an attribute (use letters, digits, - _ and a prefix from namespaces; namespaces are declared by themselves)",
  },
};

describe("bad definitions", () => {
  test("are forty and more", () => expect(Object.keys(bad).length).toBeGreaterThanOrEqual(40));

  test("the good one has no remark", () => expect(checkDefinition(wideDefinition(), wideParts)).toEqual([]));

  test.each(Object.entries(bad))("%s", (_sentence, { change, sources, parts = wideParts, path, says }) => {
    const errors = checkDefinition(wideDefinition(change, sources), parts).filter(
      ({ severity }) => severity === "Error",
    );
    const shown = errors.map((one) => `${one.path} ${one.line}:${one.column} ${one.message} (${one.hint ?? ""})`);
    expect(shown).toContain(`${path} ${says}`);
  });

  test.each(Object.entries(bad))(
    "%s brings no more than it must",
    (_sentence, { change, sources, parts = wideParts }) => {
      const found = checkDefinition(wideDefinition(change, sources), parts);
      expect(found.filter(({ severity }) => severity === "Error").length).toBeLessThanOrEqual(2);
      expect(found.every(({ hint }) => hint)).toBe(true);
    },
  );
});
