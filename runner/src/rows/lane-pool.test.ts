/** Proves that a lane that dies ends the run with a code, and that closing does not wait for one that waits. */
import type { Definition } from "@openreg/crds";
import { newRunValues } from "@openreg/language";
import { expect, test } from "vitest";
import { pieceOf } from "../connectors/connector.ts";
import { checkLane } from "./lane-facts.ts";
import { newLanePool, piecesOnMainThread } from "./lane-pool.ts";

const values = newRunValues({
  ...{ report: "r", series: "r", mode: "Test", businessDate: "2026-04-01", timeZone: "UTC" },
  ...{ createdAt: "2026-04-01T00:00:00Z", parameters: {} },
});
const definition = {
  ...{ record: { input: "trades", key: ["id"] }, fields: [], rules: [], parameters: [], inputs: [] },
  outputs: [
    {
      name: "book",
      from: "trades",
      fileName: "b.xlsx",
      whenEmpty: "Fail",
      xlsx: { sheets: [{ name: "T", from: "trades" }] },
    },
  ],
} as unknown as Definition;

function poolOf(program?: string, heapMegabytes?: number) {
  const columns = [{ name: "id", type: "Integer", required: true, personal: false }];
  const tables = { mappingSets: new Map(), inputs: new Map() };
  const source = { definition, input: "trades", columns, values, tables };
  const checks = checkLane(source);
  const outputs = [checks.facts.sections.map((one) => one.columns)];
  const url = program === undefined ? {} : { program: new URL(`data:text/javascript,${encodeURIComponent(program)}`) };
  return newLanePool({
    source,
    checks,
    outputs,
    lanes: 2,
    ...url,
    ...(heapMegabytes !== undefined && { heapMegabytes }),
  });
}

/** Starts one piece more than the main thread works on. */
async function startedInLane(lane: ReturnType<typeof poolOf>) {
  const piece = pieceOf([["1"], ["2"]]);
  for (let index = 0; index < piecesOnMainThread; index += 1) await lane.run({ piece, firstRow: 1, writes: true });
  return lane.run({ piece, firstRow: 9, writes: true });
}

test("a lane numbers its records behind those of the main thread", async () => {
  const lane = poolOf();
  const { sections, left } = await startedInLane(lane);
  expect(left).toBe(2);
  expect(sections).toMatchObject([{ records: 2, first: 2 * piecesOnMainThread }]);
  await lane.close();
});

/** Posts what no other thread can read: a clone that names a maker nobody has. */
const unreadable = `import { parentPort } from "node:worker_threads";
  const answer = new Blob(["x"]);
  const symbols = Object.getOwnPropertySymbols(Blob.prototype);
  const clone = symbols.find(({ description }) => description === "messaging_clone_symbol");
  Object.defineProperty(answer, clone, { value: () => ({ data: {}, deserializeInfo: "internal/blob:Nothing" }) });
  parentPort.on("message", () => parentPort.postMessage(answer));`;

const deaths: Record<string, { program: string; code: string; message: RegExp }> = {
  "that ends": { program: "process.exit(3)", code: "InternalError", message: /ended with 3/ },
  "that throws": { program: "throw new Error('no more')", code: "InternalError", message: /no more/ },
  "whose answer cannot be read": { program: unreadable, code: "InternalError", message: /cannot be read/ },
};
test.each(Object.entries(deaths))(
  "a lane %s fails what waits for it",
  async (_sentence, { program, code, message }) => {
    const lane = poolOf(program);
    await expect(startedInLane(lane)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    await lane.close();
  },
);

test("a lane without memory fails what waits for it with a code that is tried again", async () => {
  const program = `import { parentPort } from "node:worker_threads";
    parentPort.on("message", () => { for (const kept = []; ; ) kept.push(Array.from({ length: 1000 }, Math.random)); });`;
  const lane = poolOf(program, 16);
  const failed = startedInLane(lane);
  await expect(failed).rejects.toMatchObject({
    code: "OutOfMemory",
    message: expect.stringMatching(/rows died.*raise the memory/),
  });
  await lane.close();
});

test("closing ends a lane that waits for another one", async () => {
  const lane = poolOf(`import { workerData } from "node:worker_threads";
    const numbers = new BigInt64Array(workerData.places);
    for (;;) Atomics.wait(numbers, 0, Atomics.load(numbers, 0));`);
  const waiting = startedInLane(lane).catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  await lane.close();
  expect(await Promise.race([waiting, Promise.resolve("closed")])).toBe("closed");
});
