/** Proves that a run says how much of it is done where it knows: while it delivers, and while it reads rows that were kept. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { StepError } from "../../../runner/src/errors.ts";
import { type OpensshPeer, startOpenssh } from "../../peers/openssh.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { type AttemptOptions, runOneAttempt } from "./attempt.ts";
import { startFakeRunApi } from "./fake-run-api.ts";
import { newCsvOutput, newDefinitionFor, newPlan, newSecretsFor, newSftpDestinationFor } from "./test-plan.ts";

let database: PostgresqlPeer;
let receiver: OpensshPeer;
let storeFolder: string;

beforeAll(async () => {
  [database, receiver] = await Promise.all([startPostgresql(), startOpenssh()]);
  await database.sql("CREATE TABLE trades AS SELECT id, 'name ' || id AS name FROM generate_series(1, 100) AS id");
  storeFolder = await mkdtemp(join(tmpdir(), "openreg-store-"));
});
afterAll(async () => {
  await Promise.all([database?.stop(), receiver?.stop()]);
  await rm(storeFolder, { recursive: true, force: true });
});

test("percents are those of bytes sent, and of rows that are read again; a source does not say how many it has", async () => {
  const outputs = ["one", "two"].map((name) => newCsvOutput({ name, fileName: `percent-${name}.csv` }));
  const definition = newDefinitionFor(database, "SELECT * FROM trades", {
    destinations: [newSftpDestinationFor(receiver, { mode: "Live" })],
    deliverTo: [{ destination: "regulator", outputs: ["one", "two"] }],
    outputs,
  });
  const plan = newPlan(definition, { heartbeatSeconds: 1 });
  const api = await startFakeRunApi(plan);
  onTestFinished(() => api.stop());
  const secrets = newSecretsFor(database, receiver);
  const percents: Record<string, (number | undefined)[]> = {};
  const note = (name: string): void => {
    percents[name] = [...(percents[name] ?? []), api.run.status.execution?.progress?.percent];
  };
  const heartbeat = async (): Promise<void> => {
    const before = api.run.status.execution?.heartbeatAt;
    await vi.waitUntil(() => api.run.status.execution?.heartbeatAt !== before, { timeout: 20_000 });
  };
  const first: AttemptOptions["at"] = async (name) => {
    if (name === "fetch.first-piece") await heartbeat();
    if (name === "fetch.first-piece") note("from the source");
    if (name === "snapshot.recorded") throw new StepError("InternalError", "power cut");
  };
  await runOneAttempt({ plan, storeFolder, secrets, api, at: first });
  const second: AttemptOptions["at"] = async (name) => {
    if (name === "fetch.first-piece") await heartbeat();
    if (name === "fetch.first-piece") note("from the snapshot");
    if (name === "intent.after") note("delivering");
  };
  const end = await runOneAttempt({ plan: { ...plan, attempt: 2 }, storeFolder, secrets, api, at: second });
  expect(end.message.code).toBe("Done");
  note("done");
  expect(percents).toEqual({
    "from the source": [undefined],
    "from the snapshot": [30], // all of its hundred rows are one piece
    delivering: [undefined, 85], // one of two files of one size
    done: [90],
  });
});
