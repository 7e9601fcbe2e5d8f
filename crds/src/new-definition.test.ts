/** Says how a Report becomes a definition, and holds the defaults of format v1 to what stored definitions say. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "./canonical-json.ts";
import { parseDefinition } from "./definition.ts";
import { type DefinitionSources, newDefinition } from "./new-definition.ts";
import { referencesOf, storeNameOf } from "./report-references.ts";
import type { ReportSpec } from "./types.ts";

const shortSpec: ReportSpec = {
  inputs: [{ name: "trades", sql: { connectorRef: { name: "db" }, query: "SELECT 1" } }],
  outputs: [{ name: "file", fileName: "trades.csv", csv: {} }],
};

/** A Report that says as little as it may. */
const short: DefinitionSources = {
  name: "trades",
  spec: { ...shortSpec, deliverTo: [{ destinationRef: { name: "regulator" } }] },
  connectors: new Map([
    ["db", { postgresql: { host: "db.example", database: "trades" }, credentialsSecretRef: { name: "db" } }],
  ]),
  destinations: new Map([
    [
      "regulator",
      {
        mode: "Live",
        sftp: { host: "sftp.example", directory: "/in", hostKeys: ["ssh-ed25519 AAAA"] },
        credentialsSecretRef: { name: "regulator" },
      },
    ],
  ]),
  stores: new Map([["default", { persistentVolumeClaimRef: { name: "artifacts" } }]]),
};

/** The same Report with something said about everything; each value differs from its default. */
const long: DefinitionSources = {
  name: "trades",
  spec: {
    series: "mifir",
    description: "not part of the definition",
    timeZone: "Europe/Berlin",
    parameters: [{ name: "lei", type: "String", default: "X", required: true }],
    record: { input: "trades", key: ["id", "leg"] },
    inputs: [
      {
        name: "trades",
        sql: { connectorRef: { name: "db" }, query: "SELECT 1" },
        columns: [
          { name: "id", type: "String", required: true, personal: true },
          { name: "leg", type: "Integer" },
        ],
      },
    ],
    fields: [{ name: "twice", value: "row.leg * 2" }],
    validation: {
      rules: [
        { id: "R1", severity: "Warning", assert: "row.leg > 0" },
        {
          id: "R2",
          severity: "Blocking",
          assert: "row.leg < 9",
          columns: ["leg"],
          message: "the leg is below nine",
          reference: { document: "RTS 22", section: "1", url: "https://example.com" },
        },
      ],
    },
    outputs: [
      {
        name: "file",
        from: "trades",
        fileName: "a.csv",
        whenEmpty: "EmptyFile",
        csv: {
          columns: [{ header: "ID", value: "row.id" }],
          columnNames: false,
          delimiter: "\t",
          quote: "All",
          newline: "CRLF",
          bom: true,
          formulas: "Keep",
        },
      },
      { name: "other", fileName: "b.csv", whenEmpty: "Skip", csv: {} },
    ],
    deliverTo: [{ destinationRef: { name: "regulator" }, outputs: ["file"] }],
    artifactStoreRef: { name: "archive" },
    retention: { keepSourceSnapshot: false, successfulRuns: 3 },
    run: {
      deadlineSeconds: 60,
      giveUpAfterSeconds: 120,
      maxAttempts: 2,
      maxConcurrentRuns: 3,
      resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "2", memory: "2Gi" } },
      workVolumeSize: "1Gi",
      priorityClassName: "high",
      nodeSelector: { disk: "fast" },
      tolerations: [{ key: "reporting", operator: "Exists" }],
      queueName: "queue",
    },
    suspend: true,
  },
  connectors: new Map([
    [
      "db",
      {
        postgresql: {
          host: "db.example",
          port: 5433,
          database: "trades",
          applicationName: "reporting",
          tls: { mode: "VerifyCA", caSecretRef: { name: "ca" } },
        },
        credentialsSecretRef: { name: "db" },
        limits: { statementTimeoutSeconds: 30, maxConcurrentRuns: 1 },
      },
    ],
  ]),
  destinations: new Map([
    [
      "regulator",
      {
        mode: "Test",
        sftp: { host: "sftp.example", port: 2222, directory: "/in", hostKeys: ["ssh-ed25519 AAAA", "ssh-rsa BBBB"] },
        credentialsSecretRef: { name: "regulator" },
        delivery: {
          maxAttempts: 1,
          backoff: { initialSeconds: 1, maxSeconds: 9 },
          timeoutSeconds: 5,
          temporarySuffix: ".tmp",
          fileNamePattern: ".*",
          verify: "Size",
        },
      },
    ],
  ]),
  stores: new Map([["archive", { persistentVolumeClaimRef: { name: "archive" } }]]),
};

/** Stored definitions by file, with their hashes: ReportVersions that exist were named after such a hash. They never change. */
const stored = {
  short: { sources: short, sha256: "cb70378683c166d20221da2af7fb60724c9b5a0841dfddcf48f1255d47b1ee1d" },
  long: { sources: long, sha256: "05f4fd04a426744db30abf926f36d55ce3ca7f2bc795c58ce31eb8f54f1d9de7" },
};
const storedText = (name: string) =>
  readFileSync(join(import.meta.dirname, `testdata/definition-v1-${name}.json`), "utf8").trim();

describe("format v1 of a definition", () => {
  test.each(Object.entries(stored))(
    "gives the bytes that were stored for the %s Report",
    (name, { sources, sha256 }) => {
      const text = canonicalJson(newDefinition(sources));
      expect(JSON.parse(text)).toEqual(JSON.parse(storedText(name)));
      expect(text).toBe(storedText(name));
      expect(createHash("sha256").update(text).digest("hex")).toBe(sha256);
    },
  );

  test.each(Object.keys(stored))("reads what was stored for the %s Report, and loses nothing of it", (name) => {
    expect(canonicalJson(parseDefinition(storedText(name)))).toBe(storedText(name));
  });

  test("names the path of what does not fit", () => {
    const broken = { ...JSON.parse(storedText("short")), timeZone: 1 };
    expect(() => parseDefinition(JSON.stringify(broken))).toThrow(/timeZone/);
    expect(() => parseDefinition(JSON.stringify({ ...broken, format: "v2" }))).toThrow(/format/);
  });

  test.each([
    ["description", { description: "x" }],
    ["owner", { owner: "x" }],
    ["regulation", { regulation: { name: "x" } }],
    ["suspend", { suspend: true }],
    ["how many runs are kept", { retention: { successfulRuns: 1 } }],
    ["how many runs may be under way", { run: { maxConcurrentRuns: 1 } }],
  ])("does not depend on %s", (_what, more) => {
    const changed = newDefinition({ ...short, spec: { ...short.spec, ...more } });
    expect(canonicalJson(changed)).toBe(storedText("short"));
  });
});

test("a Destination says how its files are numbered, a delivery by which of its sequences", () => {
  const regulator = short.destinations.get("regulator");
  const sequences = [{ name: "daily", width: 3, firstNumber: 0, resets: "Daily", order: "Any" } as const];
  const given = regulator ? { ...regulator, sequences: [{ name: "files" }, ...sequences] } : regulator;
  const { destinations, deliverTo } = newDefinition({
    ...short,
    spec: { ...shortSpec, deliverTo: [{ destinationRef: { name: "regulator" }, sequence: "files" }] },
    destinations: new Map(given && [["regulator", given]]),
  });
  const byDefault = { name: "files", width: 6, firstNumber: 1, resets: "Never", order: "Strict" };
  expect(destinations[0]?.sequences).toEqual([byDefault, ...sequences]);
  expect(deliverTo).toEqual([{ destination: "regulator", outputs: ["file"], sequence: "files" }]);
});

describe("the references of a Report", () => {
  test("are listed in order of appearance, each once, with the place of the first", () => {
    const target = { destinationRef: { name: "regulator" } };
    expect(referencesOf({ ...shortSpec, deliverTo: [target, target] })).toEqual([
      { kind: "Connector", name: "db", path: "spec.inputs[0].sql.connectorRef" },
      { kind: "Destination", name: "regulator", path: "spec.deliverTo[0].destinationRef" },
      { kind: "ArtifactStore", name: "default", path: "spec.artifactStoreRef" },
    ]);
  });

  test("are told apart by kind: a Connector and a Destination may share a name", () => {
    const references = referencesOf({ ...shortSpec, deliverTo: [{ destinationRef: { name: "db" } }] });
    expect(references.map(({ kind, name }) => `${kind}/${name}`)).toEqual([
      "Connector/db",
      "Destination/db",
      "ArtifactStore/default",
    ]);
  });

  test("say which store is used", () => {
    expect(storeNameOf(shortSpec)).toBe("default");
    expect(storeNameOf({ ...shortSpec, artifactStoreRef: { name: "archive" } })).toBe("archive");
  });

  test.each([
    ["Connector 'db'", { connectors: new Map() }],
    ["Destination 'regulator'", { destinations: new Map() }],
    ["ArtifactStore 'default'", { stores: new Map() }],
  ])("must be there: %s", (what, missing) => {
    expect(() => newDefinition({ ...short, ...missing })).toThrow(`${what} is not among the resolved references`);
  });
});
