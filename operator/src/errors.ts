/** Owns the reasons that the operator puts into conditions and events beyond the failure codes of runs; each is used in one sense only. */

/** Reasons of `Ready` of a Report. */
export const reportReasons = {
  accepted: "Accepted",
  referenceNotFound: "ReferenceNotFound",
  definitionInvalid: "DefinitionInvalid",
  nameTaken: "NameTaken",
} as const;

/** Reasons of `Ready` of a RuleSet. */
export const ruleSetReasons = { accepted: "Accepted", definitionInvalid: "DefinitionInvalid" } as const;

/** Reasons of `Ready` of an ArtifactStore. */
export const storeReasons = {
  claimFound: "ClaimFound",
  claimNotFound: "ClaimNotFound",
  claimLost: "ClaimLost",
} as const;

/** Reasons of `Succeeded=Unknown` of a run: why it waits. The failure codes and the states of a run are reasons too. */
export const waitReasons = {
  suspended: "Suspended",
  queued: "Queued",
  reportNotFound: "ReportNotFound",
  reportNotReady: "ReportNotReady",
  reportChanged: "ReportChanged",
  versionNotSeen: "VersionNotSeen",
  previousAttemptStopping: "PreviousAttemptStopping",
  backingOff: "BackingOff",
  resumesLater: "ResumesLater",
  held: "Held",
  cancelling: "Cancelling",
  settling: "Settling",
  starting: "Starting",
  ending: "Ending",
} as const;
