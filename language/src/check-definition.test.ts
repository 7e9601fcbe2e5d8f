import type { Definition } from "@openreg/crds/types";
import { expect, test } from "vitest";
import { checkDefinition } from "./check-definition.ts";

const definition: Definition = {
  format: "v1",
  contract: 1,
  report: "daily-trades",
  series: "daily-trades",
  timeZone: "Europe/Berlin",
  parameters: [{ name: "lei", type: "String", default: "9999OPENREG000010062" }],
  record: { input: "trades", key: ["trade_id"] },
  connectors: [],
  inputs: [
    {
      name: "trades",
      sql: { connector: "trades-db", query: "SELECT trade_id, quantity FROM trade WHERE day = :businessDate" },
      columns: [
        { name: "trade_id", type: "String", required: true, personal: false },
        { name: "quantity", type: "Decimal(18,5)", required: true, personal: false },
      ],
    },
  ],
  fields: [{ name: "doubled", value: "row.quantity * 2.0" }],
  rules: [
    { id: "R-1", severity: "Blocking", assert: "row.quantity > 0.0", columns: ["quantity"], message: "positive" },
    { id: "R-2", severity: "Warning", assert: "row.doubled < 100.0", columns: [], message: "small" },
  ],
  outputs: [
    {
      name: "file",
      from: "trades",
      fileName: "T_{run.businessDate:yyyyMMdd}.csv",
      whenEmpty: "Fail",
      csv: {
        columns: [{ header: "Id", value: "row.trade_id" }],
        columnNames: true,
        delimiter: ",",
        quote: "Minimal",
        newline: "LF",
        bom: false,
        formulas: "Refuse",
      },
    },
  ],
  destinations: [],
  deliverTo: [{ destination: "regulator", outputs: ["file"] }],
  store: { name: "default", persistentVolumeClaim: "store" },
  keepSourceSnapshot: true,
  run: {
    deadlineSeconds: 3600,
    giveUpAfterSeconds: 86400,
    maxAttempts: 4,
    workVolumeSize: "4Gi",
    resources: { requests: { cpu: "250m", memory: "384Mi" }, limits: { memory: "1Gi" } },
    nodeSelector: {},
    tolerations: [],
  },
};

const receiver = (fileNamePattern: string): Definition["destinations"][number] => ({
  name: "regulator",
  mode: "Test",
  sftp: { host: "sftp", port: 22, directory: "/in", hostKeys: [] },
  credentialsSecret: "regulator",
  delivery: {
    maxAttempts: 5,
    backoff: { initialSeconds: 2, maxSeconds: 60 },
    timeoutSeconds: 60,
    temporarySuffix: ".part",
    verify: "Hash",
    fileNamePattern,
  },
});

const parts = {
  input: definition.inputs[0] as Definition["inputs"][number],
  rule: definition.rules[0] as Definition["rules"][number],
  output: definition.outputs[0] as Definition["outputs"][number],
  csv: definition.outputs[0]?.csv as NonNullable<Definition["outputs"][number]["csv"]>,
};

test("finds nothing wrong with a right definition", () => expect(checkDefinition(definition)).toEqual([]));

const broken: Record<
  string,
  { change: Partial<Definition>; path: string; says: string; line?: number; column?: number }
> = {
  "an unknown column in a rule": {
    change: { rules: [{ ...parts.rule, assert: "row.quantiy > 0.0" }] },
    path: "spec.validation.rules[0].assert",
    says: "rule 'R-1': unknown column 'quantiy'",
    line: 1,
    column: 5,
  },
  "a rule that is no condition": {
    change: { rules: [{ ...parts.rule, assert: "row.quantity" }] },
    path: "spec.validation.rules[0].assert",
    says: "must be a bool",
  },
  "a rule id that occurs twice": {
    change: { rules: [parts.rule, parts.rule] },
    path: "spec.validation.rules[1].id",
    says: "rule 'R-1': the id occurs twice",
  },
  "a finding's column that does not exist": {
    change: { rules: [{ ...parts.rule, columns: ["price"] }] },
    path: "spec.validation.rules[0].columns[0]",
    says: "unknown column 'price'",
  },
  "a field with the name of a column": {
    change: { fields: [{ name: "quantity", value: "1" }] },
    path: "spec.fields[0].name",
    says: "the name 'quantity' is taken",
  },
  "a field that reads a later one": {
    change: {
      fields: [
        { name: "a", value: "row.b" },
        { name: "b", value: "1" },
      ],
    },
    path: "spec.fields[0].value",
    says: "unknown column 'b'",
  },
  "a column of a type that does not exist": {
    change: {
      inputs: [
        { ...parts.input, columns: [{ name: "trade_id", type: "Decimal(5,9)", required: true, personal: false }] },
      ],
    },
    path: "spec.inputs[0].columns[0].type",
    says: "'Decimal(5,9)' is no type",
  },
  "a key that is a list": {
    change: {
      inputs: [{ ...parts.input, columns: [{ name: "trade_id", type: "String[]", required: true, personal: false }] }],
    },
    path: "spec.record.key[0]",
    says: "cannot be a key",
  },
  "an unknown parameter in the query": {
    change: {
      inputs: [{ ...parts.input, sql: { connector: "trades-db", query: "SELECT 1\nWHERE d = :bussinessDate" } }],
    },
    path: "spec.inputs[0].sql.query",
    says: "unknown parameter ':bussinessDate'",
    line: 2,
    column: 11,
  },
  "a second statement in the query": {
    change: { inputs: [{ ...parts.input, sql: { connector: "trades-db", query: "SELECT 1; DELETE FROM trade" } }] },
    path: "spec.inputs[0].sql.query",
    says: "a second statement",
  },
  "a key column that does not exist": {
    change: { record: { input: "trades", key: ["id"] } },
    path: "spec.record.key[0]",
    says: "unknown column 'id'",
  },
  "a record input that does not exist": {
    change: { record: { input: "deals", key: [] } },
    path: "spec.record.input",
    says: "unknown input 'deals'",
  },
  "an unknown name in the file name": {
    change: { outputs: [{ ...parts.output, fileName: "{run.busnessDate}.csv" }] },
    path: "spec.outputs[0].fileName",
    says: "did you mean 'businessDate'",
  },
  "an unknown column in an output": {
    change: {
      outputs: [{ ...parts.output, csv: { ...parts.csv, columns: [{ header: "Id", value: "row.id" }] } }],
    },
    path: "spec.outputs[0].csv.columns[0].value",
    says: "unknown column 'id'",
  },
  "a delivery of an output that does not exist": {
    change: { deliverTo: [{ destination: "regulator", outputs: ["files"] }] },
    path: "spec.deliverTo[0].outputs[0]",
    says: "unknown output 'files'",
  },
  "a sequence that the Destination does not have": {
    change: {
      destinations: [
        {
          ...receiver(".*"),
          sequences: [{ name: "files", width: 6, firstNumber: 1, resets: "Never", order: "Strict" }],
        },
      ],
      deliverTo: [{ destination: "regulator", outputs: ["file"], sequence: "file" }],
    },
    path: "spec.deliverTo[0].sequence",
    says: "its sequences are files",
  },
  "a pattern of a Destination that is wrong": {
    change: { destinations: [receiver("[a-z")] },
    path: "spec.deliverTo[0].destinationRef",
    says: "Destination 'regulator' spec.delivery.fileNamePattern",
  },
  "a default that is not of its type": {
    change: { parameters: [{ name: "limit", type: "Integer", default: "ten" }] },
    path: "spec.parameters[0].default",
    says: "not a whole number",
  },
  "a parameter that is always there": {
    change: { parameters: [{ name: "businessDate", type: "Date" }] },
    path: "spec.parameters[0].name",
    says: "always there",
  },
  "a time zone that does not exist": {
    change: { timeZone: "Europe/Atlantis" },
    path: "spec.timeZone",
    says: "not known",
  },
};

test.each(Object.entries(broken))("finds %s", (_sentence, { change, path, says, line, column }) => {
  const errors = checkDefinition({ ...definition, ...change }).filter(({ severity }) => severity === "Error");
  const found = errors.find((one) => one.path === path);
  expect(errors.map((one) => one.path)).toContain(path);
  expect(`${found?.message} ${found?.hint ?? ""}`).toContain(says);
  if (line !== undefined) expect([found?.line, found?.column]).toEqual([line, column]);
});

test("says what to do about everything it finds", () => {
  for (const { change } of Object.values(broken)) {
    const found = checkDefinition({ ...definition, ...change });
    expect(found.filter((one) => !one.hint && !/must be|not available/.test(one.message))).toEqual([]);
  }
});

test("warns when neither key nor query fixes the order of rows", () => {
  const found = checkDefinition({ ...definition, record: { input: "trades", key: [] } });
  expect(found).toMatchObject([{ code: "OrderNotFixed", severity: "Warning" }]);
});
