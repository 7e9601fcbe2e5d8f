/** Proves that one wrong row at the end of many leaves nothing behind: no file in the store, at the receiver, or among temporary ones. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensurePrograms } from "../../cluster/packages.ts";
import { newProgress } from "../../cluster/progress.ts";
import { type OpensshPeer, startOpenssh } from "../../peers/openssh.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { type BadRow, runWithBadRow } from "./bad-row.ts";

let database: PostgresqlPeer;
let receiver: OpensshPeer;

beforeAll(async () => {
  await ensurePrograms(["xmllint"], newProgress());
  [database, receiver] = await Promise.all([startPostgresql(), startOpenssh()]);
});
afterAll(() => Promise.all([database?.stop(), receiver?.stop()]));

const rows = 70_000;
const badRow = rows - 1;
const isBad = `row.id == ${badRow}`;
const rule = (severity: "Warning" | "Blocking" | "Correctable", phase?: "PreDelivery") => {
  const id = severity.toLowerCase();
  return { id, severity, assert: `!(${isBad})`, columns: [], message: id, ...(phase && { phase }) };
};
const limit = { rule: "correctable", above: { count: 0 }, becomes: "Blocking" } as const;
/** What a run keeps that ends before anything is published: what it read, what it found, and its claim of the filing. */
const kept = ["claim-1", "exceptions.ndjson.zst", "fetched.json", "findings.ndjson.zst", "trades.rows.zst"];

const endings: Readonly<Record<string, { readonly given: Partial<BadRow>; readonly code: string }>> = {
  "a Blocking finding": { given: { rules: [rule("Blocking")] }, code: "BlockingFindings" },
  "a Blocking finding before delivery": {
    given: { rules: [rule("Blocking", "PreDelivery")] },
    code: "BlockingFindings",
  },
  "a limit that is exceeded": { given: { rules: [rule("Correctable")], limits: [limit] }, code: "BlockingFindings" },
  "a document that does not fit its schema": { given: { schema: true }, code: "DocumentInvalid" },
  "a text that fits no cell": { given: { text: true }, code: "OutputValueInvalid" },
};

test.each(Object.entries(endings))(
  `%s in row ${badRow} of ${rows} publishes nothing and leaves nothing`,
  async (_sentence, { given, code }) => {
    const { end, left } = await runWithBadRow(database, receiver, { rows, badRow, ...given });
    expect(end.message.code).toBe(code);
    expect(end.message.message).toMatch(new RegExp(`\\b${badRow}\\b|above the limit of 0`));
    expect(end.api.run.status.execution).toMatchObject({ rows: { fetched: rows, written: 0 } });
    expect(left).toEqual({ store: expect.any(Array), receiver: [], work: [] });
    expect(left.store.filter((name) => !kept.includes(name))).toEqual([]);
  },
);

test("without the wrong row everything is published and delivered", async () => {
  const { end, left } = await runWithBadRow(database, receiver, { rows, badRow: 0 });
  expect(end.message.code).toBe("Done");
  expect(left.work).toEqual([]);
  expect(left.receiver.toSorted()).toEqual([
    "book.xlsx.gz",
    "document.xml.gz",
    "part-1.csv.gz",
    "part-2.csv.gz",
    "part-3.csv.gz",
    "rows.csv.gz",
    "rows.json.gz",
  ]);
});
