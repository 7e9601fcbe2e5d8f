/** What a record can do to what was reported before. */

/** The actions `record.action` may give. */
export const RECORD_ACTIONS = ["New", "Modify", "Cancel", "Correct"] as const;
