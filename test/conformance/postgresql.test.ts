/** Holds the kind postgresql to what every Connector must do, and to exact text, consistency and named errors. */

import type { Definition } from "@openreg/crds";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newPostgresqlConnector } from "../../runner/src/connectors/postgresql/connector.ts";
import type { Credentials } from "../../runner/src/credentials.ts";
import { newNetwork } from "../../runner/src/network/address-guard.ts";
import { newDefinitionFor } from "../integration/runner/test-plan.ts";
import { startCutter } from "../peers/cutter.ts";
import { type PostgresqlPeer, startPostgresql } from "../peers/postgresql.ts";
import { requestFor, rowsOf, testConnector } from "./connector.ts";

const network = newNetwork({ allowLoopback: true, apiServer: [] });
let peer: PostgresqlPeer;
beforeAll(async () => {
  peer = await startPostgresql({ tls: true });
  await peer.sql(
    "CREATE TABLE numbers AS SELECT id, 'name ' || id AS name FROM generate_series(1, 1000) AS id ORDER BY random()",
  );
  await peer.sql("GRANT DELETE ON numbers TO report"); // so that only the transaction stands between a query and the rows
  await peer.sql("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
});
afterAll(() => peer?.stop());

type Settings = Definition["connectors"][number];

function make(
  postgresql: Partial<Settings["postgresql"]> = {},
  password = peer.reader.password,
  certificateAuthority?: string,
  statementTimeoutSeconds = 60,
) {
  const [settings] = newDefinitionFor(peer, "").connectors;
  const merged = {
    ...(settings as Settings),
    statementTimeoutSeconds,
    postgresql: { ...(settings as Settings).postgresql, ...postgresql },
  };
  const values: Record<string, string> = { username: peer.reader.username, password };
  const credentials: Credentials = {
    certificateAuthority,
    optional: (key) => values[key],
    required: (key) => values[key] ?? "",
  };
  return newPostgresqlConnector(merged, credentials, network);
}

const openConnections = async (): Promise<number> =>
  Number((await peer.sql("SELECT count(*) FROM pg_stat_activity WHERE usename = 'report'"))[0]?.[0]);

describe("postgresql", () =>
  testConnector({
    make: () => make(),
    openConnections,
    queries: {
      all: "SELECT id, name FROM numbers",
      byParameter: "SELECT id, name FROM numbers WHERE id = :wanted -- one of them",
      none: "SELECT id, name FROM numbers WHERE false",
      broken: "SELECT id, nmae FROM numbers",
      writing: "DELETE FROM numbers RETURNING id",
      twoStatements: "SELECT 1 AS id; SELECT 2 AS id",
      oneNameTwice: "SELECT id, id FROM numbers",
    },
  }));

const exactTexts: Record<string, [expression: string, text: string | null]> = {
  "a decimal of 38 digits": [
    "'12345678901234567890123456789012345.678'::numeric",
    "12345678901234567890123456789012345.678",
  ],
  "a trailing zero": ["1.10::numeric(5,2)", "1.10"],
  "not a number": ["'NaN'::numeric", "NaN"],
  "a large integer": ["9223372036854775807::bigint", "9223372036854775807"],
  "a float with all its digits": ["0.1::float8 + 0.2::float8", "0.30000000000000004"],
  "microseconds, in UTC": ["'2026-01-02 03:04:05.123456+09'::timestamptz", "2026-01-01 18:04:05.123456+00"],
  "the year 1": ["'0001-01-01'::date", "0001-01-01"],
  "the year 9999": ["'9999-12-31'::date", "9999-12-31"],
  "a date that some locales turn round": ["'2026-03-04'::date", "2026-03-04"],
  "an interval": ["'1 day 2 hours'::interval", "P1DT2H"],
  "a truth": ["true", "t"],
  bytes: ["'\\xdeadbeef'::bytea", "\\xdeadbeef"],
  "money as the number it is": ["12.5::numeric::text", "12.5"],
  "text beyond ASCII": ["'Müller 株式会社 😀'", "Müller 株式会社 😀"],
  "empty text": ["''", ""],
  null: ["NULL::text", null],
  "a long text": ["repeat('x', 1000000)", "x".repeat(1_000_000)],
};
test.each(Object.entries(exactTexts))("R19: carries %s exactly", async (_sentence, [expression, text]) => {
  const [row] = await rowsOf(await make().read(requestFor(`SELECT ${expression} AS value`)));
  expect(row?.[0] === text, `got ${String(row?.[0]).slice(0, 100)}`).toBe(true);
});

test("R18: a retry sees one consistent snapshot, whatever is written meanwhile", async () => {
  await peer.sql("CREATE TABLE moving AS SELECT id FROM generate_series(1, 50000) AS id");
  const source = await make().read(requestFor("SELECT id FROM moving"));
  const pieces = source.pieces[Symbol.asyncIterator]();
  const first = await pieces.next();
  await peer.sql("DELETE FROM moving");
  let rows = first.done ? 0 : first.value.length;
  for (let next = await pieces.next(); !next.done; next = await pieces.next()) rows += next.value.length;
  expect(rows).toBe(50_000);
});

test("R18: a server that ends in the middle is no short file", async () => {
  const source = await make().read(
    requestFor("SELECT id, repeat('x', 1000) AS pad FROM generate_series(1, 200000) AS id"),
  );
  const pieces = source.pieces[Symbol.asyncIterator]();
  await pieces.next();
  await peer.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'report'");
  const reading = (async () => {
    for (let next = await pieces.next(); !next.done; next = await pieces.next());
  })();
  await expect(reading).rejects.toMatchObject({ code: "SourceUnavailable", retryable: true });
});

test("R18: a line that is cut in the middle is no short file", async () => {
  const cutter = await startCutter({ target: peer, limitBytes: 500_000, direction: "back" });
  try {
    const source = await make({ port: cutter.port }).read(
      requestFor("SELECT id, repeat('x', 1000) AS pad FROM generate_series(1, 100000) AS id"),
    );
    await expect(rowsOf(source)).rejects.toMatchObject({ code: "SourceUnavailable" });
  } finally {
    await cutter.stop();
  }
});

test("holds little in memory when nobody reads: the server waits instead", async () => {
  const query = "SELECT id, repeat('x', 1000) AS pad FROM generate_series(1, 300000) AS id";
  const source = await make().read(requestFor(query));
  const before = process.memoryUsage().rss;
  const waits = async () =>
    (await peer.sql("SELECT wait_event FROM pg_stat_activity WHERE usename = 'report'"))[0]?.[0];
  await expect.poll(waits, { timeout: 10_000 }).toBe("ClientWrite");
  await peer.sql("SELECT pg_sleep(1.5)"); // time enough to send everything, were it taken
  expect(await waits()).toBe("ClientWrite");
  expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  await source.close();
});

test("ends as it should when everything had come before anybody read", async () => {
  const source = await make().read(requestFor("SELECT id FROM generate_series(1, 1024) AS id"));
  const state = async () => (await peer.sql("SELECT state FROM pg_stat_activity WHERE usename = 'report'"))[0]?.[0];
  await expect.poll(state).toBe("idle in transaction");
  expect((await rowsOf(source)).length).toBe(1024);
  await expect.poll(openConnections).toBe(0);
});

test("refuses a row that is too large, by its number", async () => {
  const query =
    "SELECT id, repeat('x', CASE WHEN id = 300 THEN 17000000 ELSE 10 END) AS pad FROM generate_series(1, 400) AS id";
  const reading = make().read(requestFor(query)).then(rowsOf);
  await expect(reading).rejects.toMatchObject({
    code: "SourceValueInvalid",
    message: expect.stringContaining("row 300"),
  });
});

test("wide rows are read, few pieces at a time", async () => {
  const before = process.memoryUsage().rss;
  const source = await make().read(
    requestFor("SELECT id, repeat('x', 200000) AS pad FROM generate_series(1, 3000) AS id"),
  );
  let rows = 0;
  for await (const piece of source.pieces) rows += piece.length;
  expect(rows).toBe(3000);
  expect(process.memoryUsage().rss - before).toBeLessThan(600 * 1024 * 1024); // 600 MB of rows pass; without a limit twice that would be held
});

const failures: Record<string, { make: () => ReturnType<typeof make>; query?: string; code: string; message: RegExp }> =
  {
    "an unknown host": {
      make: () => make({ host: "source.invalid" }),
      code: "SourceHostUnknown",
      message: /source\.invalid/,
    },
    "nobody listening": { make: () => make({ port: 1 }), code: "SourceUnavailable", message: /ECONNREFUSED/ },
    "a wrong password": {
      make: () => make({}, "wrong-secret"),
      code: "SourceAuthenticationFailed",
      message: /password authentication failed/,
    },
    "a database that is not there": {
      make: () => make({ database: "nowhere" }),
      code: "SourceQueryFailed",
      message: /nowhere/,
    },
    "a database without encoding": {
      make: () => make({ database: "ascii" }),
      code: "SourceQueryFailed",
      message: /SQL_ASCII/,
    },
    "a certificate of an unknown authority": {
      make: () => make({ tls: { mode: "VerifyFull" } }),
      code: "SourceTlsFailed",
      message: /self-signed|unable to verify/i,
    },
    "a query that takes too long": {
      make: () => make({}, undefined, undefined, 1),
      query: "SELECT pg_sleep(10)",
      code: "SourceQueryFailed",
      message: /statementTimeoutSeconds/,
    },
    "a value that cannot be cast, but not the value": {
      make: () => make(),
      query: "SELECT ('personal \"4711\"' || id)::int FROM numbers",
      code: "SourceQueryFailed",
      message: /SQLSTATE 22P02, invalid_text_representation/,
    },
    "a place in the query": {
      make: () => make(),
      query: "SELECT nothing",
      code: "SourceQueryFailed",
      message: /character 8 of the query/,
    },
  };
test.each(Object.entries(failures))(
  "names %s",
  async (_sentence, { make: makeOne, query = "SELECT 1 AS a", code, message }) => {
    const failure = await makeOne()
      .read(requestFor(query))
      .then(rowsOf)
      .then(
        () => undefined,
        (error: unknown) => error as Error,
      );
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(failure?.message).not.toContain("wrong-secret");
    expect(`${failure?.message} ${(failure?.cause as Error | undefined)?.message}`).not.toMatch(/"report"|4711/);
  },
);

test("checks certificate and name as the mode demands", async () => {
  const ca = peer.certificateAuthority;
  const read = (postgresql: Partial<Settings["postgresql"]>, authority = ca) =>
    make(postgresql, undefined, authority)
      .read(requestFor("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))
      .then(rowsOf);
  expect(await read({ tls: { mode: "VerifyFull", caSecret: "ca" } })).toEqual([["t"]]);
  expect(await read({ tls: { mode: "VerifyCA", caSecret: "ca" } })).toEqual([["t"]]);
  expect(await read({ tls: { mode: "Require" } }, undefined)).toEqual([["t"]]);
  expect(await read({ tls: { mode: "Disable" } })).toEqual([["f"]]);
  const passer = await startCutter({ target: peer, limitBytes: Number.POSITIVE_INFINITY, host: "127.0.0.2" }); // an address that the certificate does not name
  try {
    const elsewhere = { host: "127.0.0.2", port: passer.port };
    expect(await read({ ...elsewhere, tls: { mode: "VerifyCA", caSecret: "ca" } })).toEqual([["t"]]);
    await expect(read({ ...elsewhere, tls: { mode: "VerifyFull", caSecret: "ca" } })).rejects.toMatchObject({
      code: "SourceTlsFailed",
    });
  } finally {
    await passer.stop();
  }
});
