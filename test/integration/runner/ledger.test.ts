/** Proves what the ledger holds against: restored clusters, lost stores, receivers asked afterwards, Pods that wake up late. */
import { chmod, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Definition, RunPlan } from "@openreg/crds";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { StepError } from "../../../runner/src/errors.ts";
import type { FailpointName } from "../../../runner/src/failpoints.ts";
import { Ledger } from "../../../runner/src/ledger.ts";
import { newFolderStore } from "../../../runner/src/store/folder.ts";
import { type OpensshPeer, startOpenssh } from "../../peers/openssh.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { type AttemptOptions, runOneAttempt } from "./attempt.ts";
import { startFakeRunApi } from "./fake-run-api.ts";
import type { MountedSecrets } from "./runner-process.ts";
import { newCsvOutput, newDefinitionFor, newPlan, newSecretsFor, newSftpDestinationFor } from "./test-plan.ts";

let database: PostgresqlPeer;
let receiver: OpensshPeer;
let storeFolder: string;
let secrets: MountedSecrets;
let counter = 0;
let fileName: string;

beforeAll(async () => {
  [database, receiver] = await Promise.all([startPostgresql(), startOpenssh()]);
  await database.sql("CREATE TABLE trades AS SELECT id, 'name ' || id AS name FROM generate_series(1, 100) AS id");
  secrets = newSecretsFor(database, receiver);
});
afterAll(async () => {
  await Promise.all([database?.stop(), receiver?.stop()]);
});
beforeEach(async () => {
  counter += 1;
  fileName = `ledger-${counter}.csv`;
  storeFolder = await mkdtemp(join(tmpdir(), "openreg-store-"));
});
afterEach(() => rm(storeFolder, { recursive: true, force: true }));

const once = { ...newSftpDestinationFor({ host: "", port: 0, directory: "", hostKey: "" }).delivery, maxAttempts: 1 };

function definitionFor(delivery: Partial<typeof once> = {}): Definition {
  return newDefinitionFor(database, "SELECT * FROM trades", {
    destinations: [newSftpDestinationFor(receiver, { mode: "Live", delivery: { ...once, ...delivery } })],
    deliverTo: [{ destination: "regulator", outputs: ["file"] }],
    outputs: [newCsvOutput({ fileName })],
  });
}

function planFor(name: string, parts: Partial<RunPlan> = {}, definition = definitionFor()): RunPlan {
  return newPlan(definition, parts, {
    name,
    uid: `${Buffer.from(name).toString("hex").padEnd(8, "0").slice(0, 8)}-0000`,
  });
}

const attempt = (plan: RunPlan, parts: Partial<AttemptOptions> = {}) =>
  runOneAttempt({ plan, storeFolder, secrets, ...parts });

/** Ends an attempt at a place as a power cut would: nothing that follows happens. */
const cut = (place: FailpointName): Partial<AttemptOptions> => ({
  at: (name) => (name === place ? Promise.reject(new StepError("InternalError", "power cut")) : undefined),
});

const held = async (): Promise<readonly string[]> =>
  Object.keys(await receiver.files()).filter((name) => name.startsWith(fileName));

async function receiptOf(key: string | undefined) {
  const { deliveries } = JSON.parse(await readFile(join(storeFolder, key ?? ""), "utf8")) as { deliveries: unknown };
  return deliveries;
}

/** A plan as an operator makes it that was restored from before the run: it knows of no run. */
const restored = { firstStartedAt: new Date(Date.now() + 3_600_000).toISOString() };

const restores: Record<string, { place?: FailpointName; isTaken?: boolean; code: string }> = {
  "that was met": { code: "AlreadyFiled" },
  "that was delivered, and not noted as met": { place: "met.before", code: "Done" },
  "that was delivered, and whose file the receiver took away": { place: "met.before", isTaken: true, code: "Done" },
  "whose file has no receipt": { place: "receipt.before", code: "Done" },
  "whose file lies under its temporary name": { place: "rename.before", code: "Done" },
};
test.each(Object.entries(restores))(
  "R31: after a restore of the cluster a run with another UID makes no second submission of a filing %s",
  async (_sentence, { place, isTaken, code }) => {
    await attempt(planFor("before"), place ? cut(place) : {});
    if (isTaken) await rm(join(receiver.directory, fileName));
    const files = await receiver.files();
    const sent: string[] = [];
    const after = await attempt(planFor("after", restored), {
      at: (name) => {
        if (name === "upload.after") sent.push(name);
      },
    });
    expect(after.message.code).toBe(code);
    const present = (await held()).filter((name) => !name.endsWith(".part"));
    expect(present).toEqual(isTaken ? [] : [fileName]);
    if (place !== "rename.before") {
      expect(sent).toEqual([]);
      expect((await receiver.files())[fileName]).toBe(files[fileName]);
    }
    const filing = after.api.run.status.execution?.filing;
    const { met } = await new Ledger(newFolderStore(storeFolder)).filing(filing?.key ?? "");
    expect(met.map(({ submission }) => submission)).toEqual([1]);
  },
);

test.each([
  ["before the claim", "claim.before"],
  ["before the intent", "intent.before"],
  ["between the rename and its receipt", "receipt.before"],
  ["before the filing is met", "met.before"],
  ["before the evidence", "evidence.before"],
] as const)(
  "a store that cannot be reached %s loses nothing: the attempt says so, the next one goes on",
  async (_sentence, place) => {
    const elsewhere = `${storeFolder}-elsewhere`;
    const plan = planFor("unreachable");
    const api = await startFakeRunApi(plan);
    onTestFinished(() => api.stop());
    const end = await attempt(plan, {
      api,
      at: async (name) => {
        if (name !== place) return;
        await rename(storeFolder, elsewhere);
        await writeFile(storeFolder, "no folder");
      },
    });
    expect(end).toMatchObject({
      exitCode: 11,
      message: { code: "StoreUnavailable", message: expect.stringMatching(/check the volume of the ArtifactStore/) },
    });
    await rm(storeFolder);
    await rename(elsewhere, storeFolder);
    const next = await attempt({ ...plan, attempt: 2 }, { api });
    expect(next.message).toMatchObject({ code: "Done" });
    expect(await held()).toEqual([fileName]);
  },
);

test("a store whose folder is gone is not begun anew: it would know of nothing that was filed", async () => {
  const end = await attempt(planFor("gone"), {
    at: (name) => (name === "claim.before" ? rm(storeFolder, { recursive: true }) : undefined),
  });
  expect(end).toMatchObject({ exitCode: 11, message: { code: "StoreUnavailable" } });
  await expect(readFile(join(storeFolder, "tmp"))).rejects.toMatchObject({ code: "ENOENT" });
});

/** An attempt whose rename nobody heard of, then what `meanwhile` does at the receiver, then an attempt that settles. */
async function settled(
  verify: "Hash" | "Size" | "None",
  meanwhile: () => Promise<void>,
  place: FailpointName = "rename.after",
) {
  const definition = definitionFor({ verify });
  await attempt(planFor("unknown", {}, definition), cut(place));
  await meanwhile();
  return attempt(planFor("unknown", { attempt: 2, purpose: "Settle" }, definition));
}

describe("an attempt that settles", () => {
  test.each(["Hash", "Size", "None"] as const)(
    "with verify %s, settling reads the whole file and says so",
    async (verify) => {
      const end = await settled(verify, async () => {});
      const { deliveries, evidence } = end.api.run.status.execution ?? {};
      expect(deliveries).toMatchObject([{ state: "Delivered", receipt: { verifiedBy: "Hash" } }]);
      expect(await receiptOf(evidence?.key)).toMatchObject([{ receipt: { verifiedBy: "Hash" } }]);
    },
  );

  test.each(["Size", "None"] as const)(
    "with verify %s, a file of our size that is not ours is a conflict",
    async (verify) => {
      const end = await settled(verify, async () => {
        const ours = (await receiver.files())[fileName] ?? "";
        await receiver.put(fileName, "x".repeat(ours.length));
      });
      expect(end.api.run.status.execution?.deliveries).toMatchObject([{ state: "Conflict" }]);
    },
  );

  test.each(["Size", "None"] as const)(
    "with verify %s, a file that may not be read counts by its size, and the receipt says no more",
    async (verify) => {
      const end = await settled(verify, () => chmod(join(receiver.directory, fileName), 0));
      const { deliveries = [] } = end.api.run.status.execution ?? {};
      expect(deliveries).toMatchObject([{ state: "Delivered", receipt: { verifiedBy: "Size" } }]);
      expect(deliveries[0]?.receipt).not.toHaveProperty("sha256");
      const [key = ""] = await readdir(join(storeFolder, "submissions"));
      expect(await new Ledger(newFolderStore(storeFolder)).receipt(key)).toMatchObject({
        settled: true,
        verifiedBy: "Size",
      });
    },
  );

  const takeAway = (): Promise<void> => rm(join(receiver.directory, fileName));
  const unknowns: Record<string, { meanwhile: () => Promise<void>; place?: FailpointName }> = {
    "may have been taken away": { meanwhile: takeAway },
    "is not there, nor anything that it began as": {
      place: "rename.before",
      meanwhile: async () => {
        for (const name of await held()) await rm(join(receiver.directory, name));
      },
    },
  };
  test.each(Object.entries(unknowns))(
    "D5: a file that %s is not known to be delivered or not, which the evidence says, and a person may retry",
    async (_sentence, { meanwhile, place }) => {
      const end = await settled("Hash", meanwhile, place);
      const { deliveries, evidence } = end.api.run.status.execution ?? {};
      const unknown = { state: "Unknown", lastError: expect.stringContaining("ask the receiver") };
      expect(deliveries).toMatchObject([unknown]);
      expect(await receiptOf(evidence?.key)).toMatchObject([unknown]);
      expect((await attempt(planFor("unknown", { attempt: 3 }))).message.code).toBe("Done");
      expect(await held()).toEqual([fileName]);
    },
  );

  test("R21: what is not at the receiver is not delivered, and can be delivered by a retry", async () => {
    const end = await settled("Hash", async () => {}, "rename.before");
    expect(end.api.run.status.execution?.deliveries).toMatchObject([{ state: "Failed" }]);
    const retried = await attempt(planFor("unknown", { attempt: 3 }));
    expect(retried.message.code).toBe("Done");
    expect(await held()).toEqual([fileName]);
  });
});

test.each([
  ["in the middle of the upload", "upload.first-bytes"],
  ["before its last look", "upload.after"],
] as const)(
  "R3: a Pod that sleeps %s while the next attempt delivers delivers nothing, and says that it lost",
  async (_sentence, place) => {
    const plan = planFor("zombie");
    const api = await startFakeRunApi(plan);
    onTestFinished(() => api.stop());
    let isAwake = false;
    const zombie = await attempt(plan, {
      api,
      at: async (name) => {
        if (name !== place || isAwake) return;
        isAwake = true;
        const next = await attempt({ ...plan, attempt: 2 }, { api });
        expect(next.message).toMatchObject({ code: "Done" });
      },
    });
    expect(zombie).toMatchObject({ exitCode: 12, message: { code: "Fenced" } });
    expect(await held()).toEqual([fileName]);
    expect(api.run.status.execution).toMatchObject({ attempt: 2, outcome: { code: "Done" } });
  },
);

test("R3: a Pod that sleeps after its last look is refused by the receiver, for the name is taken", async () => {
  const plan = planFor("zombie");
  const api = await startFakeRunApi(plan);
  onTestFinished(() => api.stop());
  let isAwake = false;
  const zombie = await attempt(plan, {
    api,
    at: async (name) => {
      if (name !== "rename.before" || isAwake) return;
      isAwake = true;
      expect((await attempt({ ...plan, attempt: 2 }, { api })).message).toMatchObject({ code: "Done" });
    },
  });
  expect(zombie).toMatchObject({ exitCode: 12, message: { code: "Fenced" } });
  expect(await held()).toEqual([fileName]);
});
