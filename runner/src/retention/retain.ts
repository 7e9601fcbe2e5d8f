/** Owns the process that removes old bytes of one store: the same image as a run, with neither Secret nor token nor network. */
import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { retentionPlanSchema } from "@openreg/crds";
import type { RunnerConfig } from "../config.ts";
import { StepError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { AttemptEnd } from "../machine.ts";
import { removeOldRuns } from "./remove-old-runs.ts";

/** A plan that would remove what is younger is a mistake, whoever made it. */
const youngestMilliseconds = 86_400_000;

/** Carries a retention plan out. Throws StepError `PlanInvalid`, or `StoreUnavailable` when the store is not there. */
export async function retain({ paths, planSha256 }: RunnerConfig, log: Log): Promise<AttemptEnd> {
  const now = new Date();
  const text = await readFile(paths.plan, "utf8");
  if (createHash("sha256").update(text).digest("hex") !== planSha256)
    throw new StepError(
      "PlanInvalid",
      "the retention plan is not the one that the Job was made for: somebody replaced its ConfigMap",
    );
  const plan = retentionPlanSchema.safeParse(JSON.parse(text));
  if (!plan.success) throw new StepError("PlanInvalid", `the retention plan does not fit: ${plan.error.message}`);
  const before = Date.parse(plan.data.before);
  if (!(before <= now.getTime() - youngestMilliseconds))
    throw new StepError(
      "PlanInvalid",
      `the retention plan would remove what is younger than a day: before ${plan.data.before}`,
    );
  const isThere = await stat(paths.store).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isThere)
    throw new StepError("StoreUnavailable", `${paths.store} is not there; check the volume of the ArtifactStore`);
  const keep = new Set(plan.data.keep);
  const { runs, files, bytes } = await removeOldRuns(paths.store, { before, keep, now: now.toISOString() });
  const message = `${files} files (${bytes} bytes) of ${runs} runs older than ${plan.data.before} were removed`;
  log.info({ runs, files, bytes }, "retention");
  return { exitCode: 0, message: { code: "Done", message } };
}
