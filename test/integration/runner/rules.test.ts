/** Proves rules and lookups over a real PostgreSQL: several inputs, tables, windows, overrides, uniqueness, totals and limits. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Definition } from "@openreg/crds";
import { newLineReader, runLocally, secretsInMemory } from "@openreg/runner";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { newFolderStore } from "../../../runner/src/store/folder.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { newCsvOutputOf, newDefinitionFor, newPlan } from "./test-plan.ts";

let database: PostgresqlPeer;
let storeFolder: string;

beforeAll(async () => {
  database = await startPostgresql();
  await database.sql(`
    CREATE TABLE trades (ref text, isin text, mic text, capacity text, side text, qty numeric(18,4));
    INSERT INTO trades VALUES
      ('T1', 'DE01', 'XETR', 'P', 'B', 10.5000),
      ('T2', 'DE02', 'XPAR', 'A', 'S', 0.0001),
      ('T3', 'DE01', 'XETR', 'A', 'B', 99999999999999.9999),
      ('T3', 'DE03', 'XETR', 'P', 'S', 7.0000),
      ('T4', NULL, 'XXXX', 'Z', 'B', NULL);
    CREATE TABLE venues (mic text, country text);
    INSERT INTO venues VALUES ('XETR', 'DE'), ('XPAR', 'FR'), (NULL, 'XX');
    CREATE TABLE control (side text, total numeric(30,4));
    INSERT INTO control VALUES ('B', 100000000000010.4999), ('S', 7.0001)`);
});
afterAll(() => database?.stop());
beforeEach(async () => {
  storeFolder = await mkdtemp(join(tmpdir(), "openreg-store-"));
});
afterEach(() => rm(storeFolder, { recursive: true, force: true }));

type Rule = Definition["rules"][number];

const column = (name: string, type = "String") => ({ name, type, required: false, personal: false });
const trades = {
  name: "trades",
  sql: { connector: "warehouse", query: "SELECT * FROM trades" },
  columns: [
    column("ref"),
    column("isin"),
    column("mic"),
    column("capacity"),
    column("side"),
    column("qty", "Decimal(18,4)"),
  ],
};
const venues = {
  name: "venues",
  sql: { connector: "warehouse", query: "SELECT * FROM venues" },
  lookupBy: ["mic"],
  columns: [column("mic"), column("country")],
};
const control = {
  name: "control",
  sql: { connector: "warehouse", query: "SELECT * FROM control" },
  columns: [column("side"), column("total", "Decimal(30,4)")],
};

function rule(id: string, parts: Partial<Rule>): Rule {
  return { id, severity: "Warning", columns: [], message: id, ...parts };
}

async function run(parts: Partial<Definition>, run: Parameters<typeof newPlan>[2] = {}) {
  const definition = newDefinitionFor(database, "", {
    record: { input: "trades", key: ["ref"] },
    inputs: [trades],
    outputs: [
      newCsvOutputOf([
        { header: "REF", value: "row.ref" },
        { header: "ISIN", value: "row.isin" },
      ]),
    ],
    ...parts,
  });
  const secrets = secretsInMemory({
    "connectors/warehouse": { ...database.reader, endpoint: `${database.host}:${database.port}` },
  });
  const end = await runLocally({ plan: newPlan(definition, {}, run), storeFolder, secrets, show: () => {} });
  return { ...end, code: end.message.code, text: end.message.message, rows: end.execution.rows };
}

const folder = "runs/trades-1/11111111-2222-3333-4444-555555555555";

async function linesIn(name: string): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  const reader = newLineReader(newFolderStore(storeFolder), `${folder}/${name}.ndjson.zst`);
  for await (const lines of reader.lines) found.push(...lines.map((line) => JSON.parse(line)));
  return found;
}

async function fileOf({ execution }: Awaited<ReturnType<typeof run>>): Promise<string> {
  return readFile(join(storeFolder, execution.artifacts[0]?.key ?? "nothing"), "utf8");
}

async function evidence() {
  return JSON.parse(await readFile(join(storeFolder, folder, "evidence.json"), "utf8"));
}

const capacities: NonNullable<Definition["mappingSets"]>[number] = {
  name: "capacities",
  keys: [{ name: "code", type: "String" }],
  values: [{ name: "esma", type: "String" }],
  entries: [
    { keys: ["P"], values: ["OLD"], until: "2026-04-01" },
    { keys: ["P"], values: ["DEAL"], from: "2026-04-01" },
    { keys: ["A"], values: ["AOTC"] },
  ],
};

const byCapacity: Definition["fields"][number] = {
  name: "cap",
  lookup: { mappingSet: "capacities", keys: [{ name: "code", value: "row.capacity" }], onMissing: "SetNull" },
};
const byVenue: Definition["fields"][number] = {
  name: "venue",
  lookup: {
    input: "venues",
    keys: [{ name: "mic", value: "row.mic" }],
    onMissing: "Finding",
    finding: { id: "known-venue", severity: "Correctable", message: "an unknown venue" },
  },
};

test("looks up in a table of the business date and in another input, and takes a row without a match out", async () => {
  const end = await run({
    inputs: [trades, venues],
    mappingSets: [capacities],
    fields: [byCapacity, byVenue, { name: "place", value: "row.venue.country + '/' + row.cap.esma" }],
    outputs: [
      newCsvOutputOf([
        { header: "REF", value: "row.ref" },
        { header: "PLACE", value: "row.place" },
      ]),
    ],
  });
  expect(end).toMatchObject({ code: "Done", rows: { fetched: 5, excluded: 1, written: 4 } });
  expect(await fileOf(end)).toBe("REF,PLACE\nT1,DE/DEAL\nT2,FR/AOTC\nT3,DE/AOTC\nT3,DE/DEAL\n");
  const missed = {
    ...{ rule: "known-venue", severity: "Correctable", row: 5, recordKey: { ref: "T4" } },
    ...{ columns: { mic: "XXXX" }, message: "an unknown venue" },
  };
  expect(await linesIn("findings")).toEqual([missed]);
  expect(await linesIn("exceptions")).toEqual([
    { row: 5, values: ["T4", null, "XXXX", "Z", "B", null], findings: [missed] },
  ]);
  expect(await readdir(join(storeFolder, folder, "snapshots"))).toEqual(["trades.rows.zst", "venues.rows.zst"]);
  expect(await evidence()).toMatchObject({
    source: { input: "trades", rows: 5 },
    otherSources: [{ input: "venues", rows: 3 }],
  });
});

test("ends at the first row that a lookup with onMissing Fail has nothing for, though a field needs its value", async () => {
  const lookup = { ...byVenue.lookup, onMissing: "Fail", finding: undefined } as Definition["fields"][number]["lookup"];
  const end = await run({
    inputs: [trades, venues],
    fields: [
      { name: "venue", lookup },
      { name: "long", value: "row.venue.country.upperAscii()" },
    ],
  });
  expect(end).toMatchObject({ code: "LookupNotFound" });
  expect(end.text).toBe("input trades, row 5, field venue: input venues has nothing for mic XXXX");
});

test("refuses two rows with one key in an input that is looked up in", async () => {
  const query = "SELECT * FROM venues UNION ALL SELECT 'XPAR', 'BE'";
  const end = await run({ inputs: [trades, { ...venues, sql: { ...venues.sql, query } }], fields: [byVenue] });
  expect(end).toMatchObject({ code: "SourceValueInvalid" });
  expect(end.text).toMatch(/input venues: rows 2 and 3 both have mic XPAR; lookupBy must name one row/);
});

test("finds rows that repeat the values of one before, wherever they stand; nulls are compared unless all are null", async () => {
  const end = await run({
    rules: [
      rule("one-ref", { severity: "Correctable", unique: { columns: ["ref"] }, columns: ["ref"] }),
      rule("one-isin", { unique: { columns: ["isin"] } }),
      rule("one-pair", { unique: { columns: ["isin", "mic"] } }),
      rule("late", { phase: "PreDelivery", unique: { columns: ["ref"] } }),
    ],
  });
  expect(end).toMatchObject({ code: "Done", rows: { fetched: 5, excluded: 1, written: 4 } });
  const found = (await linesIn("findings")).map(({ rule: id, row, sameAsRow }) => [id, row, sameAsRow]);
  expect(found).toEqual([
    ["one-isin", 3, 1],
    ["one-pair", 3, 1],
    ["one-ref", 4, 3],
  ]);
  expect(await fileOf(end)).toBe("REF,ISIN\nT1,DE01\nT2,DE02\nT3,DE01\nT4,\n");
});

test("compares totals of two inputs exactly, and says by how much they differ", async () => {
  const right = { from: "control", sum: "row.total", where: "row.side == 'B'" };
  const left = { from: "trades", sum: "row.qty", where: "row.side == 'B'" };
  const end = await run({
    inputs: [trades, control],
    rules: [
      rule("exact", { totals: { left, right } }),
      rule("apart", {
        totals: { left: { ...left, where: "row.side == 'S'" }, right, tolerance: { absolute: "0.01" } },
      }),
      rule("within", { totals: { left, value: "100000000000010.49", tolerance: { absolute: "0.0099" } } }),
      rule("beyond", { totals: { left, value: "100000000000010.49", tolerance: { absolute: "0.0098" } } }),
      rule("count", { totals: { left: { from: "trades", count: true }, value: "5" } }),
      rule("undecided", { totals: { left: { from: "trades", count: true, where: "row.qty > 1.0" }, value: "3" } }),
    ],
  });
  expect(end.code).toBe("Done");
  const found = (await linesIn("findings")).map(({ rule: id, row, columns, undecided }) => ({
    id,
    row,
    columns,
    undecided,
  }));
  expect(found).toEqual([
    { id: "apart", columns: { left: "7.0001", right: "100000000000010.4999", difference: "-100000000000003.4998" } },
    { id: "beyond", columns: { left: "100000000000010.4999", right: "100000000000010.49", difference: "0.0099" } },
    { id: "undecided", columns: {}, undecided: "input trades, row 5: qty is null at 1:1" },
  ]);
  expect(end.execution.findings).toMatchObject({ warning: 3, undecided: 1 });
});

test("rules about what goes out see neither the rows nor the amounts that were taken out", async () => {
  const end = await run({
    rules: [
      rule("sized", { severity: "Correctable", assert: "row.qty < 1000.0", columns: ["qty"] }),
      rule("sum-in", { totals: { left: { from: "trades", count: true }, value: "5" } }),
      rule("sum-out", {
        phase: "PreDelivery",
        severity: "Blocking",
        totals: { left: { from: "trades", count: true }, value: "3" },
      }),
      rule("never", { phase: "PreDelivery", severity: "Blocking", assert: "row.isin != null" }),
    ],
  });
  expect(end).toMatchObject({ code: "Done", rows: { fetched: 5, excluded: 2, written: 3 } });
  const late = await run({
    rules: [rule("never", { phase: "PreDelivery", severity: "Blocking", assert: "row.isin != null" })],
  });
  expect(late).toMatchObject({ code: "BlockingFindings", message: { step: "PostValidation" } });
});

const set: NonNullable<Definition["ruleSets"]>[number] = {
  name: "shared",
  columns: [
    { name: "ref", type: "String", required: false },
    { name: "mic", type: "String", required: false },
  ],
  bind: [
    { column: "ref", to: "isin" },
    { column: "mic", to: "capacity" },
  ],
};

test("a rule of a set reads the columns that are bound to its names, also where the Report has others of the same names", async () => {
  const end = await run({
    ruleSets: [set],
    rules: [
      rule("bound", {
        ruleSet: "shared",
        assert: "row.ref != 'DE02' && row.mic != 'Z'",
        columns: ["isin", "capacity"],
      }),
    ],
  });
  expect(end.code).toBe("Done");
  expect(await linesIn("findings")).toMatchObject([
    { rule: "bound", row: 2, columns: { isin: "DE02", capacity: "A" } },
    { rule: "bound", row: 5, columns: { isin: null, capacity: "Z" } },
  ]);
});

test("only rules in their window hold, overrides weigh them otherwise for their time, and evidence says so", async () => {
  const always = { severity: "Blocking", assert: "row.ref != 'T2'" } as const;
  const override = { severity: "Warning", reason: "agreed with the regulator" } as const;
  const end = await run(
    {
      rules: [
        rule("past", { ...always, effective: { until: "2026-04-01", basis: "BusinessDate" } }),
        rule("future", { ...always, effective: { from: "2026-04-02", basis: "BusinessDate" } }),
        rule("submitted", {
          ...always,
          severity: "Warning",
          effective: { from: "2026-04-02", basis: "SubmissionDate" },
        }),
        rule("softened", always),
        rule("disabled", always),
      ],
      overrides: [
        { rule: "softened", effectiveFrom: "2026-04-01", effectiveUntil: "2026-04-02", ...override },
        { rule: "disabled", effectiveUntil: "2026-05-01", ...override, severity: "Disabled" },
        { rule: "softened", effectiveUntil: "2026-04-01", ...override, severity: "Disabled" },
      ],
    },
    { createdAt: "2026-04-01T22:30:00Z" }, // half past midnight of the next day in Berlin
  );
  expect(end.code).toBe("Done");
  const found = (await linesIn("findings")).map(({ rule: id, severity }) => [id, severity]);
  expect(found).toEqual([
    ["submitted", "Warning"],
    ["softened", "Warning"],
  ]);
  expect((await evidence()).rules).toMatchObject({
    submissionDate: "2026-04-02",
    notEffective: ["past", "future"],
    overrides: [{ rule: "softened", severity: "Warning", reason: override.reason }, { rule: "disabled" }],
  });
});

const twoRows = [rule("warned", { assert: "row.mic == 'XETR'" }), rule("warned-too", { assert: "row.mic == 'XETR'" })];
const limits: Record<string, { limit: NonNullable<Definition["limits"]>[number]; expected: string | RegExp }> = {
  "exactly as many findings as the limit": {
    limit: { rule: "warned", above: { count: 2 }, becomes: "Blocking" },
    expected: "Done",
  },
  "one finding more": {
    limit: { rule: "warned", above: { count: 1 }, becomes: "Blocking" },
    expected: /2 rows with findings of rule warned are above the limit of 1; nothing was published/,
  },
  "exactly the share of the rows": {
    limit: { rule: "warned", above: { percent: "40" }, becomes: "Blocking" },
    expected: "Done",
  },
  "a share that is a little more": {
    limit: { rule: "warned", above: { percent: "39.999999" }, becomes: "Blocking" },
    expected: /2 of 5 rows with findings of rule warned are above the limit of 39.999999 %/,
  },
  "a row with two findings counted once": {
    limit: { severity: "Warning", above: { count: 2 }, becomes: "Blocking" },
    expected: "Done",
  },
  "rows of a severity": {
    limit: { severity: "Warning", above: { count: 1 }, becomes: "Blocking" },
    expected: /2 rows with findings of severity Warning are above the limit of 1/,
  },
};
test.each(Object.entries(limits))("a limit met by %s", async (_sentence, { limit, expected }) => {
  const end = await run({ rules: twoRows, limits: [limit] });
  if (expected === "Done") return expect(end.code).toBe("Done");
  expect(end).toMatchObject({ code: "BlockingFindings", rows: { written: 0 }, execution: { artifacts: [] } });
  expect(end.text).toMatch(expected);
});

test("a Blocking finding in the last of many rows publishes nothing and leaves nothing behind", async () => {
  const query =
    "SELECT 'T' || i AS ref, 'I' || i AS isin, 'M' AS mic, 'P' AS capacity, 'B' AS side, 1.0 AS qty FROM generate_series(100001, 120000) i";
  const end = await run({
    inputs: [{ ...trades, sql: { ...trades.sql, query } }],
    rules: [rule("last", { severity: "Blocking", assert: "row.ref != 'T120000'" })],
  });
  expect(end).toMatchObject({ code: "BlockingFindings", rows: { fetched: 20_000, written: 0 } });
  expect(end.text).toContain("last in 1 (row 20000)");
  const left = (await readdir(storeFolder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
  expect(left.map(({ name }) => name).sort()).toEqual([
    "exceptions.ndjson.zst",
    "fetched.json",
    "findings.ndjson.zst",
    "trades.rows.zst",
  ]);
});
