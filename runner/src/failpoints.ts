/** Owns the places at which tests end or hold the runner: before and after each effect. Nothing here acts unless a test asks. */

/** Every failpoint in the order in which a run passes them. */
export const failpoints = [
  "attempt.taken",
  "claim.before",
  "claim.after",
  "fetch.first-piece",
  "snapshot.before",
  "snapshot.written",
  "snapshot.recorded",
  "validated",
  "artifact.before",
  "artifact.written",
  "artifacts.recorded",
  "intent.before",
  "intent.after",
  "upload.first-bytes",
  "upload.after",
  "rename.before",
  "rename.after",
  "receipt.before",
  "receipt.after",
  "met.before",
  "met.after",
  "evidence.before",
  "evidence.after",
  "outcome.before",
  "outcome.after",
] as const;

/** A place at which a test can end or hold the runner. */
export type FailpointName = (typeof failpoints)[number];

/** Called at each place; resolves at once unless a test named this place. */
export type Failpoint = (name: FailpointName) => Promise<void>;

/** The failpoint of a runner in service: it does nothing. */
export const noFailpoint: Failpoint = async () => {};

/**
 * Makes a failpoint from what a test asks for: `kill:<name>` ends the process with exit code 137, `hold:<name>` waits until killed.
 * Throws an Error for anything else.
 */
export function newFailpoint(text: string): Failpoint {
  if (text === "") return noFailpoint;
  const [action, name] = text.split(":");
  if (!failpoints.some((one) => one === name) || (action !== "kill" && action !== "hold")) {
    throw new Error(
      `'${text}' is not a failpoint: write kill:<name> or hold:<name> with one of ${failpoints.join(", ")}`,
    );
  }
  return async (reached) => {
    if (reached !== name) return;
    process.stderr.write(`failpoint ${text}\n`);
    if (action === "hold") await new Promise(() => setInterval(() => {}, 60_000));
    (process as unknown as { reallyExit(code: number): never }).reallyExit(137);
  };
}
