/** Proves that processes on one store folder, killed at random moments and begun anew, leave numbers and chain without gap or double. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Sequence } from "../../../runner/src/sequence.ts";
import { newFolderStore } from "../../../runner/src/store/folder.ts";

const worker = new URL("./ledger-worker.ts", import.meta.url).pathname;
let folder: string;
let receiver: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "openreg-store-"));
  receiver = await mkdtemp(join(tmpdir(), "openreg-receiver-"));
});
afterEach(async () => {
  await Promise.all([folder, receiver].map((one) => rm(one, { recursive: true, force: true })));
});

/** One process; killed at the n-th moment at which it is about to do something or has done it, or never. */
function work(run: string, attempt: number, files: number, killAt: number | undefined): Promise<number | null> {
  const args = [worker, folder, receiver, run, `${attempt}`, `${files}`];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let moments = 0;
  child.stdout.on("data", (dots: Buffer) => {
    moments += dots.length;
    if (killAt !== undefined && moments >= killAt) child.kill("SIGKILL");
  });
  return new Promise((resolve) => child.on("close", resolve));
}

const seed = Math.floor(Math.random() * 2 ** 31);
const lives = fc.array(
  fc.record({
    files: fc.integer({ min: 1, max: 4 }),
    kills: fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 2 }),
  }),
  { minLength: 2, maxLength: 4 },
);

test.each(fc.sample(lives, { numRuns: 3, seed }).map((given, index) => [index, given] as const))(
  `processes killed at random moments, scene %i of seed ${seed}`,
  async (_index, given) => {
    await Promise.all(
      given.map(async ({ files, kills }, index) => {
        for (let attempt = 1; ; attempt += 1)
          if ((await work(`run-${index}`, attempt, files, kills[attempt - 1])) === 0) break;
      }),
    );
    const total = given.reduce((sum, { files }) => sum + files, 0);
    const identity = { namespace: "demo", series: "trades", mode: "Live", destination: "regulator" } as const;
    const sequence = new Sequence(newFolderStore(folder), { ...identity, name: "files", period: "ever" });
    const logs = await Array.fromAsync(sequence.logsAbove(-1));
    expect(logs.map(({ number, last }) => [number, last.kind])).toEqual(
      Array.from({ length: total }, (_, index) => [index + 1, "Delivered"]),
    );
    expect(new Set(logs.map(({ use }) => use.key)).size).toBe(total);
    for (const { number, use } of logs) expect(await readFile(join(receiver, `${number}`), "utf8")).toBe(use.key);
    expect(await chainOf()).toEqual(given.map((_, index) => `run-${index}`));
  },
  300_000,
);

/** The runs in the chain, sorted, after checking that each link names the one before it. */
async function chainOf(): Promise<readonly string[]> {
  const links = join(folder, "evidence/demo/trades/Live");
  const runs: string[] = [];
  let previous: string | null = null;
  for (let number = 1; number <= (await readdir(links)).length; number += 1) {
    const bytes = await readFile(join(links, `${number}.json`));
    const link = JSON.parse(bytes.toString());
    expect(link.chain).toEqual({ number, previous });
    previous = createHash("sha256").update(bytes).digest("hex");
    runs.push(link.run.uid);
  }
  return runs.sort();
}
