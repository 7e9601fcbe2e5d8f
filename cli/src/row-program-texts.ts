/** Owns the generated code of a definition: what the runner compiles for the rows of each input. */
import type { Definition } from "@openreg/crds/types";
import { newRunValues, rowProgramText } from "@openreg/language";
import { newLaneSpec } from "@openreg/runner";

/** The code for the rows of one input; `why` says why there is none. */
export interface InputProgram {
  readonly input: string;
  readonly code?: string;
  readonly why?: string;
}

/** The code for each input that is not only looked up in. The values of a run are not in it: any will do. */
export function rowProgramTexts(definition: Definition): readonly InputProgram[] {
  const values = newRunValues({
    ...{ report: definition.report, series: definition.series, mode: "Test", timeZone: definition.timeZone },
    ...{ businessDate: "2026-01-05", createdAt: "2026-01-05T00:00:00Z", parameters: {} },
  });
  const tables = { mappingSets: new Map(), inputs: new Map() };
  return definition.inputs.flatMap(({ name: input, columns, lookupBy }): InputProgram[] => {
    if (lookupBy) return [];
    if (!columns)
      return [{ input, why: "its columns are not declared, so the code is written when the source is read" }];
    return [{ input, code: rowProgramText(newLaneSpec({ definition, input, columns, values, tables }).program) }];
  });
}
