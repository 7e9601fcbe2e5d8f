/** Owns how a plan is trusted: its form, its contract, and that the definition in it is the one that was pinned. */
import { createHash } from "node:crypto";
import { contractNumber, type Definition, parseDefinition, planSchema, type RunPlan } from "@openreg/crds";
import { newRunValues, type RunValues, resolveParameters } from "@openreg/language";
import { messageOf, StepError } from "./errors.ts";

/** A plan with what follows from it. */
export interface CheckedPlan {
  readonly plan: RunPlan;
  readonly definition: Definition;
  readonly values: RunValues;
}

/** Reads a plan from its text, which must have this sha256 unless it is empty. Throws StepError `PlanInvalid`. */
export function readPlan(text: string, expectedSha256 = ""): CheckedPlan {
  if (expectedSha256 !== "" && createHash("sha256").update(text).digest("hex") !== expectedSha256) {
    const message = "the plan is not the one that the Job was made for: somebody replaced its ConfigMap; find out who";
    throw new StepError("PlanInvalid", message, { retryable: true }); // the next attempt has a plan of its own
  }
  return checkPlan(parsed(() => planSchema.parse(JSON.parse(text))));
}

/** Checks a plan. Throws StepError `PlanInvalid`. */
export function checkPlan(plan: RunPlan): CheckedPlan {
  const hash = createHash("sha256").update(plan.version.definition).digest("hex");
  if (hash !== plan.version.contentHash)
    throw invalid(`the definition of ${plan.version.name} does not have its content hash`);
  const definition = parsed(() => parseDefinition(plan.version.definition));
  if (plan.contract !== contractNumber || definition.contract !== contractNumber) {
    throw invalid(`it is of contract ${plan.contract}, this runner of contract ${contractNumber}`);
  }
  const parameters = resolveParameters(definition.parameters, plan.run.parameters);
  if (parameters.kind === "Problem") throw new StepError("ParameterInvalid", parameters.message);
  const { businessDate, createdAt, mode } = plan.run;
  const { report, series, timeZone } = definition;
  const values = parsed(() =>
    newRunValues({ report, series, timeZone, businessDate, createdAt, mode, parameters: parameters.values }),
  );
  return { plan, definition, values };
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw invalid(messageOf(cause), cause);
  }
}

function invalid(why: string, cause?: unknown): StepError {
  return new StepError(
    "PlanInvalid",
    `the plan cannot be carried out: ${why}; let operator and image come from the same release`,
    { cause },
  );
}
