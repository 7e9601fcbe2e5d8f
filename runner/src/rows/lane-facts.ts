/** Owns what is known of the rows of an input before one is there: what they are checked for, and the columns of outputs. */
import { type CheckedRow, checkRow, LanguageError } from "@openreg/language";
import { causedBy } from "../errors.ts";
import type { OutputColumn } from "../formats/format.ts";
import type { LaneFacts, LaneSection } from "./lane.ts";
import { type LaneColumn, type LaneSource, type LaneSpec, newLaneSpec } from "./lane-spec.ts";
import { type Personal, personalOf } from "./personal-names.ts";
import { refuseUnavailable } from "./refuse-unavailable.ts";

/** What a definition comes to for the rows of an input. */
export interface LaneChecks {
  readonly spec: LaneSpec;
  readonly personal: Personal;
  readonly facts: LaneFacts;
}

/** Of a column that could not be checked; such a definition does not compile. */
const unknownType = { kind: "invalid" } as const;

/** The columns of undeclared input: every one is text. */
export function textColumns(names: readonly string[]): readonly LaneColumn[] {
  return names.map((name) => ({ name, type: "String", required: false, personal: false }));
}

/** Checks the definition. Throws StepError `PlanInvalid` for what is not available yet. */
export function checkLane(source: LaneSource): LaneChecks {
  refuseUnavailable(source.definition);
  const spec = newLaneSpec(source);
  const checked = compiled(() => checkRow(spec.program));
  const personal = personalOf({ ...source, checked, lookups: spec.program.lookups ?? [] });
  const facts = {
    sections: sectionsOf(spec, checked),
    personal: personal.names,
    unique: spec.unique.map(({ rule }) => rule),
    amounts: spec.amounts.map(({ rule, side }) => ({ rule, side })),
  };
  return { spec, personal, facts };
}

/** What compiles. Throws StepError `PlanInvalid` when the definition has an error that only shows with these columns. */
export function compiled<T>(compile: () => T): T {
  try {
    return compile();
  } catch (cause) {
    if (!(cause instanceof LanguageError)) throw cause;
    throw causedBy(cause, "PlanInvalid", `the definition cannot be compiled: ${cause.message}`);
  }
}

function sectionsOf({ sections }: LaneSpec, { outputs: types }: CheckedRow): readonly LaneSection[] {
  return sections.map(({ output, section, columns }, index) => ({
    output,
    section,
    columns: columns.map(
      ({ header }, column): OutputColumn => ({ header, type: types[index]?.[column]?.node.type ?? unknownType }),
    ),
  }));
}
