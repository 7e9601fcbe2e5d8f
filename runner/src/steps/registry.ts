/** Lists the steps: one per state in which the runner works. */
import type { StepName } from "@openreg/crds";
import { delivering } from "./delivering.ts";
import { fetchingData } from "./fetching-data.ts";
import { generatingArtifacts } from "./generating-artifacts.ts";
import { initializing } from "./initializing.ts";
import { postValidation } from "./post-validation.ts";
import { preValidation } from "./pre-validation.ts";
import type { Step } from "./step.ts";
import { transforming } from "./transforming.ts";

/** The steps by state. */
export const steps: Readonly<Record<StepName, Step>> = {
  Initializing: initializing,
  FetchingData: fetchingData,
  PreValidation: preValidation,
  Transforming: transforming,
  PostValidation: postValidation,
  GeneratingArtifacts: generatingArtifacts,
  Delivering: delivering,
};
