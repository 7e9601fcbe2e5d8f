/** Owns a process that does to a store what a runner does to the ledger, and nothing else: numbers, hand-overs, evidence. */
import { writeSync } from "node:fs";
import { link, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { appendEvidence, noteStart } from "../../../runner/src/evidence-chain.ts";
import { Sequence } from "../../../runner/src/sequence.ts";
import { newFolderStore } from "../../../runner/src/store/folder.ts";

const [storeFolder = "", receiver = "", run = "", attempt = "1", files = "1"] = process.argv.slice(2);
const folder = newFolderStore(storeFolder);
/** Says each time that it is about to do something: there the test may end it. */
const moment = (): void => void writeSync(1, ".");
const store = {
  ...folder,
  createExclusive: (key: string, bytes: Uint8Array) => {
    moment();
    return folder.createExclusive(key, bytes).finally(moment);
  },
};
const chain = { namespace: "demo", series: "trades", mode: "Live" } as const;
const sequence = new Sequence(store, { ...chain, destination: "regulator", name: "files", period: "ever" });
const by = { runUID: run, runName: run, attempt: Number(attempt), at: new Date().toISOString() };
const given = { above: -1, first: 1, width: 6 };

/** A receiver takes a name once; the second hand-over of the same file changes nothing, of another one fails. */
async function handOver(number: number, text: string): Promise<void> {
  const temporary = join(receiver, `tmp-${process.pid}-${number}`);
  await writeFile(temporary, text);
  moment();
  await link(temporary, join(receiver, `${number}`)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

for (let part = 1; part <= Number(files); part += 1) {
  const key = `${run}/${part}`;
  const number = await sequence.take({ filing: run, submission: 1, output: "file", part, key }, by, given);
  await sequence.offer(number, by);
  await handOver(number, key);
  const { closedUpTo } = await sequence.openBelow(number);
  await sequence.deliver(number, by, closedUpTo);
}
const above = await noteStart(store, chain, `runs/${run}/${run}/checkpoints/chain.json`);
await appendEvidence(store, {
  ...{ chain, runUID: run, above },
  at: (place) => ({ run: { uid: run }, chain: place }),
  isStillTrue: () => true,
  prepare: async () => {},
});
