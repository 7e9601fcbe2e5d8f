/** Owns what a verification finds: a deviation is wrong, a remark is worth knowing; both name the object and say what to do. */

/** What kinds of deviations there are. Programs branch on them, never on the message. */
export type DeviationCode =
  | "Missing"
  | "Changed"
  | "Unreadable"
  | "Unexpected"
  | "ChainBroken"
  | "ChainGap"
  | "NotInChain"
  | "SignatureInvalid"
  | "SignatureMissing"
  | "KeyUnknown"
  | "FilingMismatch"
  | "ReceiptMismatch"
  | "SequenceGap"
  | "SequenceMismatch";

/** Something that is not as the evidence says. */
export interface Deviation {
  readonly code: DeviationCode;
  /** The key in the store, or the object of the cluster. */
  readonly where: string;
  /** What is wrong, and what to do. */
  readonly message: string;
}

/** Something that nobody proves and that contradicts nothing. */
export interface Remark {
  readonly where: string;
  readonly message: string;
}

/** What to do when an object is not what it was. */
export const restoreIt = "restore it from a backup of the store, and find out who changed it";
