/** Says what failed, where its log is and what to do next. */
import { ClusterError } from "../../test/cluster/cluster-error.ts";

/** One failure as text for the person at the terminal. */
export function explainFailure(error: unknown): string {
  if (error instanceof ClusterError) return `\nThe demo failed: ${error.message}`;
  if (error instanceof Error)
    return `\nThe demo failed: ${error.message}\n${error.stack ?? ""}\nRun it again; when it fails again, report this text.`;
  return `\nThe demo failed: ${String(error)}`;
}
