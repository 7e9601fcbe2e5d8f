/** Owns a Report that uses everything a definition has, with what it refers to: the ground of the tests about definitions. */
import { type DefinitionSources, newDefinition } from "@openreg/crds";
import type { Definition, ReportSpec } from "@openreg/crds/types";

/** The text of the mapping table that the Report takes from a ConfigMap. */
export const currencyTable = "code,name,effectiveFrom,effectiveUntil\nEUR,Euro,,\nDEM,Mark,1990-01-01,2002-01-01\n";

/** The spec of the Report. */
export const wideSpec: ReportSpec = {
  timeZone: "Europe/Berlin",
  parameters: [{ name: "lei", type: "String", default: "9999OPENREG000000168" }],
  record: { input: "trades", key: ["tx_ref"], action: 'row.status == "CANC" ? "Cancel" : "New"' },
  inputs: [
    {
      name: "trades",
      sql: { connectorRef: { name: "db" }, query: "SELECT * FROM trades WHERE day = :businessDate" },
      columns: [
        { name: "tx_ref", type: "String", required: true },
        { name: "status", type: "String", required: true },
        { name: "exec_lei", type: "String", required: true },
        { name: "mic", type: "String", required: true },
        { name: "qty", type: "Decimal(18,5)", required: true },
        { name: "ccy", type: "String", required: true },
        { name: "waivers", type: "String[]" },
      ],
    },
    {
      name: "venues",
      lookupBy: ["mic"],
      sql: { connectorRef: { name: "db" }, query: "SELECT * FROM venues" },
      columns: [
        { name: "mic", type: "String", required: true },
        { name: "eea", type: "Boolean", required: true },
      ],
    },
    {
      name: "control",
      sql: { connectorRef: { name: "db" }, query: "SELECT total FROM control ORDER BY 1" },
      columns: [{ name: "total", type: "Decimal(18,5)", required: true }],
    },
  ],
  fields: [
    {
      name: "venue",
      lookup: {
        input: "venues",
        keys: { mic: "row.mic" },
        onMissing: "Finding",
        finding: { id: "venue-known", severity: "Correctable" },
      },
    },
    { name: "capacity", lookup: { mappingSetRef: { name: "capacities" }, keys: { code: "row.status" } } },
    { name: "currency", lookup: { mappingSetRef: { name: "currencies" }, keys: { code: "row.ccy" } } },
    { name: "twice", value: "row.qty * 2" },
  ],
  validation: {
    ruleSetRefs: [{ name: "shared", bind: { lei: "exec_lei", amount: "twice" } }],
    rules: [
      { id: "eea", severity: "Correctable", assert: "row.venue.eea == null || row.venue.eea", columns: ["mic"] },
      {
        id: "unique",
        severity: "Blocking",
        unique: { columns: ["tx_ref", "status"] },
        effective: { from: "2026-01-01", until: "2027-01-01", basis: "SubmissionDate" },
      },
      {
        id: "tie-out",
        severity: "Blocking",
        phase: "PreDelivery",
        totals: {
          left: { sum: "row.qty", where: 'row.ccy == "EUR"' },
          right: { from: "control", sum: "row.total" },
          tolerance: { absolute: "0.01" },
        },
      },
      { id: "some", severity: "Warning", totals: { left: { count: true }, value: "100" } },
    ],
    limits: [{ severity: "Correctable", above: { percent: "2" }, becomes: "Blocking" }],
    overrides: [{ rule: "eea", effectiveUntil: "2026-06-01", severity: "Disabled", reason: "the venue list is late" }],
  },
  outputs: [
    {
      name: "csv",
      fileName: "T_{run.businessDate:yyyyMMdd}_{part.number}.csv",
      whenEmpty: "Nil",
      split: { maxRecords: 1000, maxSize: "200M", by: ["ccy"], keepTogether: "RecordKey" },
      csv: {
        columns: [{ header: "ID", value: "row.tx_ref" }],
        header: ["H;{run.parameters.lei}"],
        trailer: ["T;{part.records}"],
      },
    },
    {
      name: "fixed",
      fileName: "T.txt",
      fixedWidth: { columns: [{ value: "row.qty", width: 20, align: "Right", pad: "0" }], trailer: ["{part.records}"] },
    },
    { name: "json", fileName: "T.json", json: { form: "Lines", columns: [{ name: "id", value: "row.tx_ref" }] } },
    {
      name: "xlsx",
      fileName: "T.xlsx",
      xlsx: {
        sheets: [
          { name: "Trades", columns: [{ header: "Qty", value: "row.qty" }] },
          { name: "Control", from: "control" },
        ],
      },
    },
    {
      name: "xml",
      fileName: "T.xml",
      xml: {
        schema: { configMapKeyRef: { name: "schemas", key: "trades.xsd" } },
        namespaces: { b: "urn:b", d: "urn:d" },
        header: [{ at: "b:Data/Hdr/From", value: "run.parameters.lei" }],
        recordAt: "b:Data/Pyld/d:Document/Tx",
        choices: [
          { when: 'record.action == "Cancel"', at: "Cxl", elements: [{ at: "Id", value: "row.tx_ref" }] },
          {
            at: "New",
            elements: [
              { at: "Id", value: "row.tx_ref" },
              { at: "Qty/Unit", when: "row.qty > 0.0", value: "row.qty", attributes: { Ccy: "row.ccy" } },
              { at: "Qty/Name", value: "row.currency.name" },
              { at: "Wvr", each: "row.waivers" },
            ],
          },
        ],
        trailer: [{ at: "b:Data/End/Count", value: "part.records" }],
      },
    },
  ],
  deliverTo: [
    {
      destinationRef: { name: "regulator" },
      package: [{ zip: { entryName: "T_{part.number}" } }],
    },
  ],
};

/** The Report with what it refers to. */
export const wideSources: DefinitionSources = {
  name: "wide",
  spec: wideSpec,
  connectors: new Map([["db", { postgresql: { host: "db", database: "d" }, credentialsSecretRef: { name: "db" } }]]),
  destinations: new Map([
    [
      "regulator",
      {
        mode: "Live",
        sftp: { host: "sftp", directory: "/in", hostKeys: ["ssh-ed25519 AAAA"] },
        credentialsSecretRef: { name: "regulator" },
      },
    ],
  ]),
  stores: new Map([["default", { persistentVolumeClaimRef: { name: "store" } }]]),
  ruleSets: new Map([
    [
      "shared",
      {
        columns: [
          { name: "lei", type: "String", required: true },
          { name: "amount", type: "Decimal(20,5)", required: true },
          { name: "ccy", type: "String" },
        ],
        rules: [
          { id: "lei-valid", severity: "Warning", assert: "isLEI(row.lei)", columns: ["lei"] },
          {
            id: "amount-positive",
            severity: "Warning",
            assert: 'row.ccy == null || row.ccy == "EUR" || row.amount > 0.0',
          },
          { id: "lei-once", severity: "Warning", unique: { columns: ["lei", "amount"] } },
        ],
      },
    ],
  ]),
  mappingSets: new Map([
    [
      "capacities",
      {
        keys: { code: "String" },
        values: { esma: "String" },
        entries: [
          { keys: { code: "P" }, values: { esma: "DEAL" }, effectiveUntil: "2026-01-01" },
          { keys: { code: "P" }, values: { esma: "AOTC" }, effectiveFrom: "2026-01-01" },
        ],
      },
    ],
    [
      "currencies",
      {
        keys: { code: "String" },
        values: { name: "String" },
        configMapKeyRef: { name: "tables", key: "currencies.csv" },
      },
    ],
  ]),
  parts: new Map([
    ["schemas/trades.xsd", "a".repeat(64)],
    ["tables/currencies.csv", "b".repeat(64)],
  ]),
};

/** The texts of its parts that are looked into. */
export const wideParts: ReadonlyMap<string, string> = new Map([["tables/currencies.csv", currencyTable]]);

/** The resolved definition of the Report, with other sources or another spec where given. */
export function wideDefinition(change: Partial<ReportSpec> = {}, sources: Partial<DefinitionSources> = {}): Definition {
  return newDefinition({ ...wideSources, ...sources, spec: { ...wideSpec, ...change } });
}
