/** The main door of the resource model. */
import { artifactStore } from "./v1alpha1/artifact-store.ts";
import { connector } from "./v1alpha1/connector.ts";
import { destination } from "./v1alpha1/destination.ts";
import { mappingSet } from "./v1alpha1/mapping-set.ts";
import { report } from "./v1alpha1/report.ts";
import { reportRun } from "./v1alpha1/report-run.ts";
import { reportVersion } from "./v1alpha1/report-version.ts";
import { ruleSet } from "./v1alpha1/rule-set.ts";

export { canonicalJson } from "./canonical-json.ts";
export { contractNumber, type Definition, definitionSchema, parseDefinition } from "./definition.ts";
export { lengthProblem } from "./definition-length.ts";
export { type FailureCode, failureCodeNames, failureCodes, isFailureCode } from "./failure-codes.ts";
export { type Instant, isInstant, toSeconds } from "./instant.ts";
export { jobNameOf } from "./job-name.ts";
export {
  apiVersion,
  breakGlassAnnotation,
  group,
  labels,
  managedLabels,
  operatorFieldManager,
  retryAnnotation,
  runFinalizer,
  version,
  versionNameOf,
  watchLabel,
} from "./names.ts";
export { type DefinitionSources, newDefinition } from "./new-definition.ts";
export { partNameOfKey } from "./new-definition-outputs.ts";
export {
  defaultStoreName,
  type ObjectReference,
  referencesOf,
  storeNameOf,
  type TextReference,
  textsOf,
} from "./report-references.ts";
export {
  connectorCredentials,
  connectorSecretKeys,
  destinationCredentials,
  destinationSecretKeys,
  exitCodes,
  jobDeadlineMarginSeconds,
  type Outcome,
  outcomes,
  partFile,
  partKey,
  partNameOf,
  planKey,
  planSchema,
  podPaths,
  type RetentionPlan,
  type RunPlan,
  retentionArgument,
  retentionPlanSchema,
  runnerContainer,
  runnerEnvironment,
  runnerNodeFlags,
  runnerServiceAccount,
  secretGraceSeconds,
  settleDeadlineSeconds,
  type TerminationMessage,
} from "./run-contract.ts";
export {
  canMove,
  isEndState,
  isRetryableEnd,
  orderedStates,
  type RunState,
  runStates,
  type StepName,
  statesAfter,
  stepStates,
} from "./state-machine.ts";

/** Every kind, in the order in which a newcomer meets them. */
export const kinds = [
  connector,
  destination,
  artifactStore,
  ruleSet,
  mappingSet,
  report,
  reportVersion,
  reportRun,
] as const;

/** The kinds by name. */
export const kindSchemas = {
  connector,
  destination,
  artifactStore,
  ruleSet,
  mappingSet,
  report,
  reportVersion,
  reportRun,
} as const;
