/** Owns a file on the work volume for what does not fit into memory: without a name, so that nothing is left of it however the process ends. */

import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DiskMeter } from "./disk-meter.ts";
import { causedBy, messageOf } from "./errors.ts";
import type { Spill } from "./rules/key-set.ts";

/** A file that is made when it is first needed, in the folder for temporary files, and is gone when it is cleared or with the process. */
export function newSpillFile(meter: DiskMeter, folder: string = tmpdir()): Spill {
  let file: number | undefined;
  let end = 0;
  return {
    append: (bytes) => {
      meter.take(bytes.length);
      const at = end;
      try {
        file ??= openWithoutName(folder);
        for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, at + done);
      } catch (error) {
        throw spillFailed(folder, error);
      }
      end += bytes.length;
      return at;
    },
    read: (at, into) => {
      try {
        for (let done = 0; done < into.length; ) {
          const count = file === undefined ? 0 : readSync(file, into, done, into.length - done, at + done);
          if (count === 0) break; // behind the end there is nothing that could be meant
          done += count;
        }
      } catch (error) {
        throw spillFailed(folder, error);
      }
    },
    clear: () => {
      if (file !== undefined) closeSync(file);
      file = undefined;
      meter.give(end);
      end = 0;
    },
  };
}

function openWithoutName(folder: string): number {
  const path = join(folder, `openreg-keys-${randomUUID()}`);
  const file = openSync(path, "wx+", 0o600);
  rmSync(path);
  return file;
}

function spillFailed(folder: string, error: unknown): Error {
  const message = `keeping keys below ${folder} failed: ${messageOf(error)}; look at the free space of the work volume`;
  return causedBy(error, "DiskFull", message);
}
