/** Owns the lane on the main thread. */
import type { Row } from "../connectors/connector.ts";
import type { FindingParts, Rule } from "./finding.ts";
import type { Lane, LaneWork, PieceResult } from "./lane.ts";
import type { LaneChecks } from "./lane-facts.ts";
import type { LaneSource } from "./lane-spec.ts";
import { RecordPlaces } from "./record-places.ts";
import { RowWork } from "./row-work.ts";
import type { OutputColumns } from "./section-writers.ts";

/** What a lane is made from. */
export interface LanePlan {
  readonly source: LaneSource;
  readonly checks: LaneChecks;
  /** Without them nothing is written: the rows are only judged. */
  readonly outputs: OutputColumns | undefined;
}

/** Compiles the program. Throws StepError `PlanInvalid` when the definition has an error that only shows with these columns. */
export function newRowLane(plan: LanePlan): Lane & { readonly places: RecordPlaces; readonly pieces: number } {
  const work = new RowWork({ ...plan, isShared: false });
  const places = new RecordPlaces();
  let pieces = 0;
  return {
    ...plan.checks.facts,
    places,
    get pieces() {
      return pieces;
    },
    run: async (one: LaneWork): Promise<PieceResult> => {
      const number = pieces;
      pieces += 1;
      return work.run(one, (records) => places.add(number, records));
    },
    again: (one, without, first) => work.again(one, without, first),
    takeOut: (records) => places.takeOut(records),
    shown: (rule: Rule, row: Row, number: number): FindingParts => work.shown(rule, row, number),
    close: async () => {},
  };
}
