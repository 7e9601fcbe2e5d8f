/** Proves that a default which a description promises is the one that a definition gets. */
import { expect, test } from "vitest";
import { type DefinitionSources, kinds, newDefinition } from "../src/index.ts";
import { type KindSource, newObjectSchema } from "./crd.ts";
import { splitDefault } from "./reference.ts";
import type { StructuralNode } from "./schema-node.ts";

const sources: DefinitionSources = {
  name: "trades",
  spec: {
    parameters: [{ name: "lei", type: "String" }],
    inputs: [
      {
        name: "rows",
        sql: { connectorRef: { name: "db" }, query: "SELECT 1" },
        columns: [{ name: "id", type: "String" }],
      },
    ],
    validation: { rules: [{ id: "R1", severity: "Warning", assert: "row.id != ''" }] },
    outputs: [{ name: "file", fileName: "trades.csv", csv: {} }],
    deliverTo: [{ destinationRef: { name: "regulator" } }],
  },
  connectors: new Map([["db", { postgresql: { host: "db", database: "d" }, credentialsSecretRef: { name: "db" } }]]),
  destinations: new Map([
    [
      "regulator",
      {
        mode: "Live",
        sftp: { host: "s", directory: "/", hostKeys: [] },
        credentialsSecretRef: { name: "s" },
        sequences: [{ name: "files" }],
      },
    ],
  ]),
  stores: new Map([["default", { persistentVolumeClaimRef: { name: "artifacts" } }]]),
};
const definition = newDefinition(sources);

/** The same with one of everything that has defaults of its own and that a Report need not use. */
const { spec } = sources;
const wide = newDefinition({
  ...sources,
  spec: {
    ...spec,
    inputs: [...spec.inputs, { ...(spec.inputs[0] as (typeof spec.inputs)[number]), name: "venues", lookupBy: ["id"] }],
    fields: [{ name: "venue", lookup: { input: "venues", keys: { id: "row.id" } } }],
    validation: {
      rules: [
        { id: "T", severity: "Warning", totals: { left: { count: true }, right: { count: true } }, effective: {} },
      ],
      ruleSetRefs: [{ name: "shared" }],
    },
    outputs: [
      { name: "fixed", fileName: "f", split: {}, fixedWidth: { columns: [{ value: "row.id", width: 1 }] } },
      { name: "json", fileName: "j", json: {} },
      { name: "xlsx", fileName: "x", xlsx: { sheets: [{ name: "s" }] } },
    ],
  },
  ruleSets: new Map([["shared", { columns: [{ name: "id", type: "String" }], rules: [] }]]),
});
const [fixed, json, xlsx] = wide.outputs;
const [totals] = wide.rules;
const [input] = definition.inputs;
const [connector] = definition.connectors;
const [destination] = definition.destinations;
const [sequence] = destination?.sequences ?? [];
const [output] = definition.outputs;
const { requests, limits } = definition.run.resources;

/** What the definition of a Report that says nothing holds, in the words of the descriptions. */
const actual: Readonly<Record<string, string>> = {
  "Connector.spec.postgresql.port": `${connector?.postgresql.port}`,
  "Connector.spec.postgresql.applicationName": `${connector?.postgresql.applicationName}`,
  "Connector.spec.postgresql.tls.mode": `${connector?.postgresql.tls.mode}`,
  "Connector.spec.limits.statementTimeoutSeconds": `${connector?.statementTimeoutSeconds}`,
  "Destination.spec.sftp.port": `${destination?.sftp.port}`,
  "Destination.spec.delivery.maxAttempts": `${destination?.delivery.maxAttempts}`,
  "Destination.spec.delivery.backoff.initialSeconds": `${destination?.delivery.backoff.initialSeconds}`,
  "Destination.spec.delivery.backoff.maxSeconds": `${destination?.delivery.backoff.maxSeconds}`,
  "Destination.spec.delivery.timeoutSeconds": `${destination?.delivery.timeoutSeconds}`,
  "Destination.spec.delivery.temporarySuffix": `${destination?.delivery.temporarySuffix}`,
  "Destination.spec.delivery.verify": `${destination?.delivery.verify}`,
  "Destination.spec.sequences[].width": `${sequence?.width}`,
  "Destination.spec.sequences[].firstNumber": `${sequence?.firstNumber}`,
  "Destination.spec.sequences[].resets": `${sequence?.resets}`,
  "Destination.spec.sequences[].order": `${sequence?.order}`,
  "Report.spec.series": definition.series === sources.name ? "the name of the Report" : definition.series,
  "Report.spec.timeZone": definition.timeZone,
  "Report.spec.record.input": definition.record.input === input?.name ? "the first" : definition.record.input,
  "Report.spec.inputs[].columns[].required": `${input?.columns?.[0]?.required}`,
  "Report.spec.inputs[].columns[].personal": `${input?.columns?.[0]?.personal}`,
  "Report.spec.validation.rules[].message": definition.rules[0]?.message === "row.id != ''" ? "the expression" : "",
  "Report.spec.outputs[].from": output?.from === definition.record.input ? "record.input" : "",
  "Report.spec.outputs[].whenEmpty": `${output?.whenEmpty}`,
  "Report.spec.outputs[].csv.columnNames": `${output?.csv?.columnNames}`,
  "Report.spec.outputs[].csv.delimiter": output?.csv?.delimiter === "," ? "a comma" : "",
  "Report.spec.outputs[].csv.quote": `${output?.csv?.quote}`,
  "Report.spec.outputs[].csv.newline": `${output?.csv?.newline}`,
  "Report.spec.outputs[].csv.bom": `${output?.csv?.bom}`,
  "Report.spec.outputs[].csv.formulas": `${output?.csv?.formulas}`,
  "Report.spec.deliverTo[].outputs": definition.deliverTo[0]?.outputs.length === definition.outputs.length ? "all" : "",
  "Report.spec.artifactStoreRef": `the ArtifactStore named ${definition.store.name}`,
  "Report.spec.retention.keepSourceSnapshot": `${definition.keepSourceSnapshot}`,
  "Report.spec.run.deadlineSeconds": `${definition.run.deadlineSeconds}`,
  "Report.spec.run.giveUpAfterSeconds": `${definition.run.giveUpAfterSeconds}`,
  "Report.spec.run.maxAttempts": `${definition.run.maxAttempts}`,
  "Report.spec.run.resources.requests": `${requests.cpu} and ${requests.memory}`,
  "Report.spec.run.resources.limits": `memory ${limits.memory}, ${limits.cpu === undefined ? "no CPU limit" : limits.cpu}`,
  "Report.spec.run.workVolumeSize": definition.run.workVolumeSize,
  "Report.spec.fields[].lookup.onMissing": `${wide.fields[0]?.lookup?.onMissing}`,
  "Report.spec.validation.rules[].effective.basis": `${totals?.effective?.basis}`,
  "Report.spec.validation.rules[].totals.left.from": totals?.totals?.left.from === "rows" ? "record.input" : "",
  "Report.spec.validation.rules[].totals.right.from": totals?.totals?.right?.from === "rows" ? "record.input" : "",
  "Report.spec.outputs[].split.measured": `${fixed?.split?.measured}`,
  "Report.spec.outputs[].fixedWidth.columns[].align": `${fixed?.fixedWidth?.columns[0]?.align}`,
  "Report.spec.outputs[].fixedWidth.columns[].pad": fixed?.fixedWidth?.columns[0]?.pad === " " ? "a space" : "",
  "Report.spec.outputs[].fixedWidth.newline": `${fixed?.fixedWidth?.newline}`,
  "Report.spec.outputs[].json.form": `${json?.json?.form}`,
  "Report.spec.outputs[].xlsx.sheets[].from": xlsx?.xlsx?.sheets[0]?.from === xlsx?.from ? "that of the output" : "",
};

/** Defaults that a definition does not hold as values of their own: the operator acts on them, or their absence says it. */
const elsewhere = [
  "Connector.spec.limits.maxConcurrentRuns",
  "Destination.spec.limits.maxConcurrentRuns",
  "Connector.spec.suspend",
  "Destination.spec.suspend",
  "Report.spec.parameters[].required",
  "Report.spec.validation.rules[].from",
  "Report.spec.validation.rules[].phase",
  "Report.spec.validation.rules[].effective",
  "Report.spec.validation.rules[].effective.from",
  "Report.spec.validation.rules[].effective.until",
  "Report.spec.validation.rules[].totals.left.where",
  "Report.spec.validation.rules[].totals.right.where",
  "Report.spec.validation.rules[].totals.tolerance",
  "Report.spec.validation.ruleSetRefs[].bind",
  "Report.spec.validation.overrides[].effectiveFrom",
  "Report.spec.outputs[].split.keepTogether",
  "Report.spec.outputs[].xml.choices[].when",
  "Report.spec.outputs[].xml.choices[].at",
  "Report.spec.outputs[].xml.choices[].elements[].when",
  "Report.spec.deliverTo[].package",
  "Report.spec.deliverTo[].package[].zip.entryName",
  "Report.spec.deliverTo[].release",
  "Report.spec.retention.successfulRuns",
  "Report.spec.retention.failedRuns",
  "Report.spec.retention.otherRuns",
  "Report.spec.run.maxConcurrentRuns",
  "Report.spec.suspend",
];

const promised = kinds
  .filter(({ kind }) => ["Connector", "Destination", "ArtifactStore", "Report"].includes(kind))
  .flatMap((source: KindSource) => {
    const spec = newObjectSchema(source).properties?.spec;
    return spec ? promisesOf(spec, `${source.kind}.spec`) : [];
  })
  .filter(([path]) => !elsewhere.includes(path));

function promisesOf(node: StructuralNode, path: string): readonly (readonly [path: string, text: string])[] {
  const { defaultText } = splitDefault(node.description ?? "");
  const members = Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
    promisesOf(child, `${path}.${name}`),
  );
  const items = node.items ? promisesOf(node.items, `${path}[]`) : [];
  return [...(defaultText ? [[path, defaultText] as const] : []), ...members, ...items];
}

test("every default that a description promises is known here", () => {
  expect(promised.map(([path]) => path).sort()).toEqual(Object.keys(actual).sort());
});

test.each(promised)("the default of %s is %s, as described", (path, text) => {
  expect(actual[path]).toBe(text);
});
