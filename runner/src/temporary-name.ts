/** Owns the name of a file until it is whole: of one run, one attempt and one file, and never longer than a name may be. */
import { createHash } from "node:crypto";

/** Most bytes of a file name, on nearly every file system. */
const nameBytes = 255;
/** An attempt has at most so many digits. */
const attemptDigits = 5;
const hashCharacters = 16;

/** Names for the tries of one file. */
export interface TemporaryNames {
  /** The name in an attempt. */
  readonly ofAttempt: (attempt: number) => string;
  /** Whether an attempt of this run has left a name. */
  readonly isLeftover: (name: string) => boolean;
}

/** The names of a file of a run; `suffix` is what the receiver's side ignores. A file name that leaves no room is cut, and told by its hash. */
export function temporaryNamesOf(fileName: string, runUID: string, suffix: string): TemporaryNames {
  const mark = `.${runUID.slice(0, 8)}-`;
  const room = nameBytes - Buffer.byteLength(`${mark}${suffix}`) - attemptDigits;
  const stem = `${fitted(fileName, room)}${mark}`;
  return {
    ofAttempt: (attempt) => `${stem}${attempt}${suffix}`,
    isLeftover: (name) => name.startsWith(stem) && name.endsWith(suffix),
  };
}

function fitted(fileName: string, room: number): string {
  if (Buffer.byteLength(fileName) <= room) return fileName;
  const hash = `~${createHash("sha256").update(fileName).digest("hex").slice(0, hashCharacters)}`;
  let kept = "";
  for (const character of fileName) {
    if (Buffer.byteLength(kept + character) + hash.length > room) break;
    kept += character;
  }
  return kept + hash;
}
