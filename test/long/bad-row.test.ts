/** Proves at full size that a Blocking finding in row 999,999 of 1,000,000 publishes nothing and leaves nothing behind. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensurePrograms } from "../cluster/packages.ts";
import { newProgress } from "../cluster/progress.ts";
import { runWithBadRow } from "../integration/runner/bad-row.ts";
import { type OpensshPeer, startOpenssh } from "../peers/openssh.ts";
import { type PostgresqlPeer, startPostgresql } from "../peers/postgresql.ts";

let database: PostgresqlPeer;
let receiver: OpensshPeer;

beforeAll(async () => {
  await ensurePrograms(["xmllint"], newProgress());
  [database, receiver] = await Promise.all([startPostgresql(), startOpenssh()]);
});
afterAll(() => Promise.all([database?.stop(), receiver?.stop()]));

test("a Blocking finding in row 999,999 of 1,000,000 publishes nothing and leaves nothing", async () => {
  const rule = {
    id: "last",
    severity: "Blocking",
    assert: "row.id != 999999",
    columns: ["id"],
    message: "last",
  } as const;
  const rules = [{ ...rule, columns: [...rule.columns] }];
  const { end, left } = await runWithBadRow(database, receiver, { rows: 1_000_000, badRow: 999_999, rules });
  expect(end.message).toMatchObject({ code: "BlockingFindings", step: "PreValidation" });
  expect(end.message.message).toContain("last in 1 (row 999999)");
  expect(end.api.run.status.execution).toMatchObject({
    rows: { fetched: 1_000_000, written: 0 },
    findings: { blocking: 1 },
  });
  expect(left).toEqual({
    store: ["claim-1", "exceptions.ndjson.zst", "fetched.json", "findings.ndjson.zst", "trades.rows.zst"],
    ...{ receiver: [], work: [] },
  });
});
