/** Proves that the runner carries out what the operator resolves from a Report that uses nearly everything. */
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Definition, newDefinition } from "@openreg/crds";
import { partsInMemory, runLocally, secretsInMemory } from "@openreg/runner";
import { afterAll, beforeAll, expect, test } from "vitest";
import { currencyTable, wideSources } from "../../../language/src/wide-report.fixture.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { newDefinitionFor, newPlan } from "./test-plan.ts";

let database: PostgresqlPeer;
let storeFolder: string;
let definition: Definition;

beforeAll(async () => {
  database = await startPostgresql();
  await database.sql(`
    CREATE TABLE trades (tx_ref text, status text, exec_lei text, mic text, qty numeric(18,5), ccy text, waivers text[], day date);
    INSERT INTO trades VALUES
      ('A1', 'NEWT', '9999OPENREG000000168', 'XETR', 10.5, 'EUR', '{LIS,RPRI}', '2026-04-01'),
      ('A3', 'CANC', '9999OPENREG000000168', 'XETR', 1, 'DEM', '{}', '2026-04-01'),
      ('A2', 'NEWT', '9999OPENREG000000169', 'XPAR', 3, 'EUR', NULL, '2026-04-01'),
      ('A9', 'NEWT', '9999OPENREG000000168', 'XXXX', 7, 'EUR', NULL, '2026-04-01'),
      ('A0', 'NEWT', '9999OPENREG000000168', 'XETR', 9, 'EUR', NULL, '2026-03-31');
    CREATE TABLE venues AS SELECT * FROM (VALUES ('XETR', true), ('XPAR', false)) AS v (mic, eea);
    CREATE TABLE control AS SELECT 13.51 AS total`);
  storeFolder = await mkdtemp(join(tmpdir(), "openreg-store-"));
  const { connectors, store } = newDefinitionFor(database, "");
  const sha256 = createHash("sha256").update(currencyTable).digest("hex");
  const resolved = newDefinition({
    ...wideSources,
    parts: new Map([...(wideSources.parts ?? []), ["tables/currencies.csv", sha256]]),
  });
  definition = {
    ...resolved,
    store,
    connectors: connectors.map((one) => ({ ...one, name: "db" })),
    fields: resolved.fields.map(({ lookup, ...field }) => ({
      ...field,
      ...(lookup && { lookup: lookup.mappingSet === undefined ? lookup : { ...lookup, onMissing: "SetNull" } }),
    })),
    destinations: [],
    deliverTo: [],
    limits: [{ severity: "Correctable", above: { percent: "25" }, becomes: "Blocking" }],
    outputs: resolved.outputs.map((output) => ({
      ...output,
      whenEmpty: "Fail",
      ...(output.xml && { xml: { ...output.xml, schema: undefined } }),
    })) as Definition["outputs"],
  };
});
afterAll(async () => {
  await Promise.all([database?.stop(), rm(storeFolder, { recursive: true, force: true })]);
});

function run(parts: Partial<Definition> = {}) {
  const endpoint = `${database.host}:${database.port}`;
  const secrets = secretsInMemory({ "connectors/db": { ...database.reader, endpoint } });
  const plan = newPlan({ ...definition, ...parts });
  return runLocally({ plan, storeFolder, secrets, parts: partsInMemory([currencyTable]), show: () => {} });
}

test("a Report with lookups, rule set, totals, limits and five formats comes out whole", async () => {
  const end = await run();
  expect(end.message.message).toBe("everything that the run has to do is done");
  expect(end.execution.rows).toMatchObject({ fetched: 4, excluded: 1 });
  const byRule = new Map(end.execution.findings?.byRule.map(({ id, count, firstRows }) => [id, [count, ...firstRows]]));
  // "eea" is disabled, "tie-out" is within its tolerance without the row that was taken out
  expect(Object.fromEntries(byRule)).toEqual({
    "venue-known": [1, 4],
    "lei-valid": [1, 2],
    some: [1],
  });
  const xml = await readFile(
    join(storeFolder, end.execution.artifacts.find(({ output }) => output === "xml")?.key ?? ""),
    "utf8",
  );
  expect(xml).toContain("<Tx><Cxl><Id>A3</Id></Cxl></Tx>");
  expect(xml).toContain('<Unit Ccy="EUR">3.00000</Unit><Name>Euro</Name>');
});

test("one row too many taken out, and nothing comes out", async () => {
  const end = await run({ limits: [{ severity: "Correctable", above: { percent: "24.9" }, becomes: "Blocking" }] });
  expect(end.message).toMatchObject({ code: "BlockingFindings", step: "PreValidation" });
  expect(end.message.message).toMatch(
    /^1 of 4 rows with findings of severity Correctable are above the limit of 24.9 %/,
  );
});

test("a total that is off by more than its tolerance ends the run after the rows were taken out", async () => {
  const rules = definition.rules.map((rule) =>
    rule.totals?.tolerance ? { ...rule, totals: { ...rule.totals, tolerance: { absolute: "0.0099" } } } : rule,
  );
  const end = await run({ rules });
  expect(end.message).toMatchObject({ code: "BlockingFindings", step: "PostValidation" });
  expect(end.message.message).toMatch(/^1 blocking findings: tie-out in 1; nothing was published/);
});
