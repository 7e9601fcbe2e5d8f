/** Proves that a snapshot gives back exactly the rows that were read, or says that it cannot. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pieceOf, type Row } from "../connectors/connector.ts";
import { newFolderStore } from "../store/folder.ts";
import { newLineWriter } from "../store/lines.ts";
import type { Store } from "../store/store.ts";
import { newSnapshotWriter, readSnapshot } from "./snapshot.ts";

let root: string;
let store: Store;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "openreg-store-"));
  store = newFolderStore(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const header = { format: "openreg-snapshot/v2", input: "trades", columns: [{ name: "a", type: "String" }] } as const;
const rowsOf = (count: number): Row[] =>
  Array.from({ length: count }, (_, index) => [`row ${index}`, index % 3 === 0 ? null : "", 'quote " \n line \u2028']);

async function stored(rows: readonly Row[]) {
  const writer = await newSnapshotWriter(store, "run", header);
  for (let at = 0; at < rows.length; at += 256) await writer.write(pieceOf(rows.slice(at, at + 256)));
  return { key: "snapshot", ...(await writer.commit("snapshot")) };
}

async function piecesOf(record: Parameters<typeof readSnapshot>[1]): Promise<Row[][]> {
  const pieces: Row[][] = [];
  for await (const piece of readSnapshot(store, record)) pieces.push([...piece]);
  return pieces;
}

test.each([0, 1, 255, 256, 257, 1000])("gives back %i rows in the same pieces", async (count) => {
  const rows = rowsOf(count);
  const pieces = await piecesOf(await stored(rows));
  expect(pieces.flat()).toEqual(rows);
  expect(pieces.slice(0, -1).every((piece) => piece.length === 256)).toBe(true);
});

const changes: Record<
  string,
  (record: Awaited<ReturnType<typeof stored>>, bytes: Buffer) => { record?: object; bytes?: Buffer }
> = {
  "a changed byte": (_record, bytes) => ({
    bytes: Buffer.from(bytes.map((byte, index) => (index === Math.floor(bytes.length / 2) ? byte ^ 1 : byte))),
  }),
  "a missing end": (_record, bytes) => ({ bytes: bytes.subarray(0, -20) }),
  "another file": () => ({ bytes: Buffer.from("not compressed") }),
  "another hash on record": () => ({ record: { sha256: "0".repeat(64) } }),
  "another count on record": () => ({ record: { rows: 999 } }),
};
test.each(Object.entries(changes))("notices %s", async (_sentence, change) => {
  const record = await stored(rowsOf(1000));
  const path = join(root, "snapshot");
  const changed = change(record, await readFile(path));
  if (changed.bytes) await writeFile(path, changed.bytes);
  await expect(piecesOf({ ...record, ...changed.record })).rejects.toMatchObject({ code: "CheckpointCorrupt" });
});

test.each(['["DE89 3704', '{"iban":"DE89 3704"}', "DE89 3704"])(
  "tells nothing of %s, which is no row",
  async (line) => {
    const lines = await newLineWriter(store, "run");
    await lines.write(`${JSON.stringify(header)}\n${line}\n${JSON.stringify({ rows: 1 })}\n`);
    const { sha256 } = await lines.commit("snapshot");
    const failure = await piecesOf({ key: "snapshot", sha256, rows: 1 }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "CheckpointCorrupt" });
    expect(String(failure)).not.toContain("DE89");
    expect(String((failure as Error).cause)).not.toContain("DE89");
  },
);
