/** Owns the places at which tests end, hold or pause the runner: before and after each effect. Nothing here acts unless a test asks. */

/** Every failpoint in the order in which a run passes them. */
export const failpoints = [
  "attempt.taken",
  "claim.before",
  "claim.after",
  "number.before",
  "number.after",
  "fetch.first-piece",
  "snapshot.before",
  "snapshot.written",
  "snapshot.recorded",
  "validated",
  "artifact.before",
  "artifact.written",
  "artifacts.recorded",
  "offer.before",
  "intent.before",
  "intent.after",
  "upload.first-bytes",
  "upload.after",
  "rename.before",
  "rename.after",
  "receipt.before",
  "receipt.after",
  "number.delivered",
  "met.before",
  "met.after",
  "evidence.before",
  "evidence.linked",
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

interface Asked {
  readonly action: "kill" | "hold" | "pause";
  readonly name: FailpointName;
  /** The Job that is meant; every one when it is not named. */
  readonly job: string | undefined;
}

/**
 * Makes a failpoint from what a test asks for: `kill:<name>` ends the process with exit code 137, `hold:<name>` waits until killed,
 * `pause:<name>` stops the process as a node that freezes does: SIGCONT lets it go on as if no time had passed.
 * Several are separated by commas; `@<Job>` after a name leaves every other attempt alone. Throws an Error for anything else.
 */
export function newFailpoint(text: string, job: string): Failpoint {
  const asked = text
    .split(",")
    .filter((one) => one !== "")
    .map(parsed)
    .filter((one) => one.job === undefined || one.job === job);
  if (asked.length === 0) return noFailpoint;
  return async (reached) => {
    const found = asked.find(({ name }) => name === reached);
    if (!found) return;
    process.stderr.write(`failpoint ${found.action}:${reached}\n`);
    if (found.action === "hold") await new Promise(() => setInterval(() => {}, 60_000));
    if (found.action === "pause") return void process.kill(process.pid, "SIGSTOP");
    (process as unknown as { reallyExit(code: number): never }).reallyExit(137);
  };
}

function parsed(text: string): Asked {
  const [, action, word, job] = /^(kill|hold|pause):([^@]+)(?:@(.+))?$/.exec(text) ?? [];
  const name = failpoints.find((one) => one === word);
  if (name && (action === "kill" || action === "hold" || action === "pause")) return { action, name, job };
  throw new Error(
    `'${text}' is not a failpoint: write kill:<name>, hold:<name> or pause:<name>, and @<Job> where one attempt is meant, with one of ${failpoints.join(", ")}`,
  );
}
