/** What the person at the terminal must change: shown as one sentence, without a stack. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
