/** Says that nothing stays open of a stream of rows that cannot be put together. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Definition } from "@openreg/crds";
import { newRunValues } from "@openreg/language";
import { expect, onTestFinished, test } from "vitest";
import type { RunContext } from "./context.ts";
import { DiskMeter } from "./disk-meter.ts";
import { StepError } from "./errors.ts";
import { Interruption } from "./interruption.ts";
import { newDataPath } from "./new-data-path.ts";
import { newFolderStore } from "./store/folder.ts";
import type { Store } from "./store/store.ts";

const csv = { columnNames: true, delimiter: ",", quote: "Minimal", newline: "LF", bom: false, formulas: "Refuse" };
const definition = {
  ...{ format: "v1", contract: 1, report: "trades", series: "trades", timeZone: "UTC" },
  ...{ parameters: [], record: { input: "trades", key: ["id"] }, connectors: [], fields: [], rules: [] },
  ...{ destinations: [], deliverTo: [], keepSourceSnapshot: true },
  inputs: [{ name: "trades", sql: { connector: "warehouse", query: "" }, columns: [{ name: "id", type: "String" }] }],
  outputs: ["one", "two"].map((name) => ({ name, from: "trades", fileName: name, whenEmpty: "Fail", csv })),
} as unknown as Definition;

/** A store of which the writer of that number cannot be begun; counts those that are open. */
async function storeThatFailsAt(failing: number): Promise<{ store: Store; open: () => number; begun: () => number }> {
  const folder = await mkdtemp(join(tmpdir(), "openreg-store-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const whole = newFolderStore(folder);
  const open = new Set<number>();
  let begun = 0;
  const newWriter: Store["newWriter"] = async (owner) => {
    begun += 1;
    const number = begun;
    if (number === failing) throw new StepError("StoreUnavailable", "the artifact store failed");
    const writer = await whole.newWriter(owner);
    open.add(number);
    const abort = async (): Promise<void> => {
      open.delete(number);
      await writer.abort();
    };
    return { ...writer, abort };
  };
  return { store: { ...whole, newWriter }, open: () => open.size, begun: () => begun };
}

/** A run whose rows come from a snapshot, so that no source is needed. */
function contextWith(store: Store): RunContext {
  const fetched = { input: "trades", rows: 0, columns: ["id"], facts: {}, key: "snapshot", sha256: "", sizeBytes: 0 };
  const plan = { run: { uid: "run", businessDate: "2026-04-01", createdAt: "2026-04-01T18:00:00Z", mode: "Test" } };
  const { report, series, timeZone } = definition;
  const values = newRunValues({ ...{ report, series, timeZone, parameters: {} }, ...plan.run, mode: "Test" });
  return {
    ...{ plan, definition, values, store, disk: new DiskMeter(), interruption: new Interruption() },
    ...{ lanes: 0, deliver: false, failpoint: async () => {}, progress: { draft: {}, changed: () => {} } },
    log: { info: () => {}, warn: () => {}, error: () => {} },
    memory: { checkpoints: { fetched: { ...fetched, madeBy: { attempt: 1 } } }, secretRevisions: new Map() },
  } as unknown as RunContext;
}

test.each([
  ["first output", 1],
  ["second output", 2],
  ["list of findings", 3],
  ["list of exceptions", 4],
])("when the %s cannot be begun, what was begun before is ended", async (_what, failing) => {
  const { store, open, begun } = await storeThatFailsAt(failing);
  await expect(newDataPath(contextWith(store))).rejects.toMatchObject({ code: "StoreUnavailable" });
  expect(begun()).toBe(failing);
  expect(open()).toBe(0);
});

test("with a store that works it is put together, and discarding it ends everything", async () => {
  const { store, open, begun } = await storeThatFailsAt(0);
  const { dataPath } = await newDataPath(contextWith(store));
  expect([begun(), open()]).toEqual([4, 4]);
  await dataPath.discard();
  expect(open()).toBe(0);
});
