/** Lists the formats of outputs; a new format is one line here. */
import type { Definition } from "@openreg/crds";
import { StepError } from "../errors.ts";
import { type CsvSettings, newCsvRenderer } from "./csv/renderer.ts";
import type { OutputColumn, Renderer } from "./format.ts";

type OutputSettings = Definition["outputs"][number];

const formats: Readonly<Record<string, (output: OutputSettings, columns: readonly OutputColumn[]) => Renderer>> = {
  csv: ({ csv }, columns) => newCsvRenderer(csv as CsvSettings, columns),
};

/** The renderer of an output. Throws StepError `PlanInvalid` when this runner has no such format. */
export function newRenderer(output: OutputSettings, columns: readonly OutputColumn[]): Renderer {
  const format = Object.entries(formats).find(([name]) => Object.hasOwn(output, name));
  if (!format) throw new StepError("PlanInvalid", `output ${output.name} has a format that this runner does not have`);
  return format[1](output, columns);
}
