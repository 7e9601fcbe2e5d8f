/** Says what is being done and for how long, so that a long build never looks stuck. */

/** A step says when it starts, every quarter of a minute while it runs, and when it ends. */
export type Progress = { step<T>(title: string, work: () => Promise<T>): Promise<T>; say(line: string): void };

/** What a progress writes to and reads the time from (milliseconds). */
export type ProgressParts = { readonly write: (line: string) => void; readonly now: () => number };

const toStandardError: ProgressParts = { write: (line) => process.stderr.write(`${line}\n`), now: Date.now };

/** Tells every step on standard error, or wherever `parts.write` leads. */
export function newProgress({ write, now }: ProgressParts = toStandardError): Progress {
  const begin = now();
  const seconds = (since: number) => `${Math.round((now() - since) / 1000)} s`;
  const say = (line: string) => write(`[${seconds(begin).padStart(6)}] ${line}`);
  async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
    const started = now();
    say(`${title} …`);
    const timer = setInterval(() => say(`${title} … still at it after ${seconds(started)}`), 15_000);
    try {
      const result = await work();
      say(`${title}: done in ${seconds(started)}`);
      return result;
    } catch (error) {
      say(`${title}: failed after ${seconds(started)}`);
      throw error;
    } finally {
      clearInterval(timer);
    }
  }
  return { step, say };
}

/** Tells nothing. */
export const quiet: Progress = { step: (_title, work) => work(), say: () => {} };
