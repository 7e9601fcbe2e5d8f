/** Owns how full a run may make the volume of a store: the last of it is for receipts, which are small and must never find no room. */
import { statfs } from "node:fs/promises";
import { StepError } from "../errors.ts";

const mebibyte = 1024 * 1024;
/** What is kept free of any volume, at most. */
const mostKeptBytes = 1024 * mebibyte;
const keptShare = 0.1;
/** How often the volume is asked, in bytes written, at most. */
const mostUnaskedBytes = 16 * mebibyte;

/** Space of a volume, in bytes. */
export interface Space {
  readonly totalBytes: number;
  readonly freeBytes: number;
}

/** What must stay free of a volume, in bytes. */
export function keptBytesOf({ totalBytes }: Pick<Space, "totalBytes">): number {
  return Math.min(keptShare * totalBytes, mostKeptBytes);
}

/** Counts what is written to a volume and asks how full that is, often enough to notice in time. */
export class FreeSpace {
  readonly #root: string;
  readonly #ask: (root: string) => Promise<Space>;
  #unaskedBytes = 0;

  constructor(root: string, ask: (root: string) => Promise<Space> = spaceOf) {
    this.#root = root;
    this.#ask = ask;
  }

  /** Called before bytes are written. Throws StepError `DiskFull` when they would leave too little. */
  async take(bytes: number): Promise<void> {
    this.#unaskedBytes -= bytes;
    if (this.#unaskedBytes >= 0) return;
    const space = await this.#ask(this.#root);
    const kept = keptBytesOf(space);
    // a volume that does not say how large it is cannot be nearly full
    if (space.totalBytes > 0 && space.freeBytes - bytes < kept) throw nearlyFull(space, kept);
    this.#unaskedBytes = Math.min(mostUnaskedBytes, (space.freeBytes - bytes - kept) / 2);
  }
}

async function spaceOf(root: string): Promise<Space> {
  const { bsize, blocks, bavail } = await statfs(root);
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
}

function nearlyFull({ totalBytes, freeBytes }: Space, kept: number): StepError {
  const [total, free, least] = [totalBytes, freeBytes, kept].map((bytes) => `${(bytes / mebibyte).toFixed(1)} MiB`);
  const message = `the volume of the store has ${free} of ${total} left, and ${least} are kept for receipts; make it larger or remove what is not needed, then retry the run`;
  return new StepError("DiskFull", message);
}
