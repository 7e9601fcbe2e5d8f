/** Proves what several receivers of one run mean for its end: who may still be served comes first, and nobody is knocked at twice. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Definition, RunPlan } from "@openreg/crds";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { StepError } from "../../../runner/src/errors.ts";
import { type OpensshPeer, startOpenssh } from "../../peers/openssh.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { type AttemptOptions, runOneAttempt } from "./attempt.ts";
import { startFakeRunApi } from "./fake-run-api.ts";
import { newCsvOutput, newDefinitionFor, newPlan, newReceiverSecret, newSftpDestinationFor } from "./test-plan.ts";

let database: PostgresqlPeer;
let receiver: OpensshPeer;
beforeAll(async () => {
  [database, receiver] = await Promise.all([startPostgresql(), startOpenssh()]);
  await database.sql("CREATE TABLE trades AS SELECT id, 'name ' || id AS name FROM generate_series(1, 10) AS id");
});
afterAll(async () => {
  await Promise.all([database?.stop(), receiver?.stop()]);
});

/** Two receivers of one file each; the first refuses our login, the second is to be asked again after minutes, however waits are spread. */
function definitionOf(name: string): Definition {
  const { delivery } = newSftpDestinationFor(receiver);
  const patient = { ...delivery, maxAttempts: 3, backoff: { initialSeconds: 600, maxSeconds: 600 } };
  const destinationNamed = (destination: string) =>
    newSftpDestinationFor(receiver, { name: destination, mode: "Live", delivery: patient });
  return newDefinitionFor(database, "SELECT * FROM trades", {
    destinations: [destinationNamed("locked"), destinationNamed("away")],
    deliverTo: [
      { destination: "locked", outputs: ["first"] },
      { destination: "away", outputs: ["second"] },
    ],
    outputs: ["first", "second"].map((output) => newCsvOutput({ name: output, fileName: `${name}-${output}.csv` })),
  });
}

/** A run with a store and an API server of its own, attempt after attempt. */
async function newRun(name: string) {
  const definition = definitionOf(name);
  const plan = (parts: Partial<RunPlan>) => newPlan(definition, parts, { name, uid: `${name}-0000` });
  const storeFolder = await mkdtemp(join(tmpdir(), "openreg-store-"));
  const api = await startFakeRunApi(plan({}));
  onTestFinished(async () => {
    await api.stop();
    await rm(storeFolder, { recursive: true, force: true });
  });
  const secret = newReceiverSecret(receiver);
  const secrets = {
    "connectors/warehouse": { ...database.reader, endpoint: `${database.host}:${database.port}` },
    "destinations/locked": { ...secret, username: "stranger" },
    "destinations/away": secret,
  };
  return {
    deliveries: () => api.run.status.execution?.deliveries,
    attempt: (parts: Partial<RunPlan>, more: Partial<AttemptOptions> = {}) =>
      runOneAttempt({ plan: plan(parts), storeFolder, secrets, api, ...more }),
  };
}

const lineBreaks: AttemptOptions["at"] = (name) =>
  name === "upload.first-bytes" ? Promise.reject(new StepError("DestinationUnavailable", "the line broke")) : undefined;

test("one receiver refuses us for good, another is served later: the run resumes first, and then ends", async () => {
  const run = await newRun("both");
  const first = await run.attempt({}, { at: lineBreaks });
  expect(first).toMatchObject({ exitCode: 0, message: { code: "ResumeAt" } });
  expect(run.deliveries()).toMatchObject([
    { destination: "locked", state: "Failed", attempts: 1 },
    { destination: "away", state: "Pending", attempts: 1, nextAttemptAt: expect.any(String) },
  ]);

  const second = await run.attempt({ attempt: 2, continues: true });
  expect(second).toMatchObject({ exitCode: 10, message: { code: "DestinationAuthenticationFailed" } });
  // R26: no second login where the first was refused
  expect(run.deliveries()).toMatchObject([
    { destination: "locked", state: "Failed", attempts: 1 },
    { destination: "away", state: "Delivered", attempts: 2 },
  ]);
  expect(Object.keys(await receiver.files())).toContain("both-second.csv");
});

test("a person who asks for a retry has every receiver asked again", async () => {
  const run = await newRun("retried");
  expect((await run.attempt({})).message.code).toBe("DestinationAuthenticationFailed");
  await run.attempt({ attempt: 2, continues: false });
  expect(run.deliveries()).toMatchObject([
    { destination: "locked", state: "Failed", attempts: 2 },
    { destination: "away", state: "Delivered", attempts: 1 },
  ]);
});

test("waits that outlast the Pod are counted all the same, and end", async () => {
  const run = await newRun("hopeless");
  const codes: string[] = [];
  for (const attempt of [1, 2, 3]) {
    const end = await run.attempt({ attempt, continues: attempt > 1 }, { at: lineBreaks });
    codes.push(end.message.code);
  }
  expect(codes).toEqual(["ResumeAt", "ResumeAt", "DestinationUnavailable"]);
  const [, away] = run.deliveries() ?? [];
  expect(away).toMatchObject({ attempts: 3 });
});
