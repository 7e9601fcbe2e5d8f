/** The one error of the cluster scripts: what failed, where its log is and what to do next. */

/** What a reader of the message needs besides what failed. */
export type ClusterErrorDetails = { readonly log?: string; readonly next?: string; readonly cause?: unknown };

/** Something of the cluster could not be built, started or stopped. */
export class ClusterError extends Error {
  constructor(what: string, { log, next, cause }: ClusterErrorDetails = {}) {
    const lines = [what, log && `  log:  ${log}`, next && `  next: ${next}`].filter(Boolean);
    super(lines.join("\n"), { cause });
    this.name = "ClusterError";
  }
}
