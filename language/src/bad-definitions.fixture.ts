/** Owns definitions that are wrong in one thing each, and what must be said about them; the check and `openreg lint` are held to it. */
import type { DefinitionSources } from "@openreg/crds";
import type { ReportSpec } from "@openreg/crds/types";
import { badOutputs } from "./bad-outputs.fixture.ts";
import { wideSources, wideSpec } from "./wide-report.fixture.ts";

/** A change of the wide report, and the error that it must bring. */
export interface Bad {
  readonly change?: Partial<ReportSpec>;
  readonly sources?: Partial<DefinitionSources>;
  readonly parts?: ReadonlyMap<string, string>;
  readonly path: string;
  /** `line:column message (hint)`. */
  readonly says: string;
}

type Validation = NonNullable<ReportSpec["validation"]>;
type Rule = NonNullable<Validation["rules"]>[number];

const own = wideSpec.validation ?? {};
const validation = (change: Partial<Validation>) => ({ validation: { ...own, ...change } });
const rules = (...added: Rule[]) => validation({ rules: [...(own.rules ?? []), ...added] });
const record = (change: Partial<NonNullable<ReportSpec["record"]>>) => ({ record: { ...wideSpec.record, ...change } });
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

const badRows: Readonly<Record<string, Bad>> = {
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
};

/** Every bad definition, keyed by a sentence. */
export const badDefinitions: Readonly<Record<string, Bad>> = { ...badRows, ...badOutputs };
