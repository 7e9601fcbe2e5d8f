/** Owns how many bytes a run may keep on its work volume: too many are no error of a write there, but the eviction of the Pod. */
import { StepError } from "./errors.ts";

/** Share of the limit at which the run ends. */
const share = 0.9;
const mebibyte = 1024 * 1024;

const unitBytes: Readonly<Record<string, number>> = {
  ...{ m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 },
  ...{ Ki: 1024, Mi: mebibyte, Gi: 1024 * mebibyte, Ti: 1024 * 1024 * mebibyte },
};

/** The bytes of a Kubernetes quantity such as 4Gi; infinity for what is none. */
export function bytesOfQuantity(quantity: string): number {
  const [, digits, unit = ""] = /^([0-9]+(?:\.[0-9]+)?)(\D*)$/.exec(quantity) ?? [];
  const bytes = Number(digits) * (unitBytes[unit] ?? Number.NaN);
  return Number.isNaN(bytes) ? Number.POSITIVE_INFINITY : bytes;
}

/** Counts bytes on the work volume. */
export class DiskMeter {
  readonly #limitBytes: number;
  #usedBytes = 0;

  /** `limitBytes` is the size of the work volume; infinity counts without end. */
  constructor(limitBytes: number = Number.POSITIVE_INFINITY) {
    this.#limitBytes = limitBytes;
  }

  /** Counts bytes that are about to be written. Throws StepError `DiskFull`, and counts nothing, when they are too many. */
  take(bytes: number): void {
    const most = share * this.#limitBytes;
    if (this.#usedBytes + bytes > most) {
      const [used, limit] = [this.#usedBytes, this.#limitBytes].map((one) => `${Math.ceil(one / mebibyte)} MiB`);
      const message = `the run keeps ${used} on its work volume and needs more, which is above 90 % of its ${limit}; raise run.workVolumeSize, then create a new run`;
      throw new StepError("DiskFull", message);
    }
    this.#usedBytes += bytes;
  }

  /** Counts bytes that are there no more. */
  give(bytes: number): void {
    this.#usedBytes -= bytes;
  }
}
