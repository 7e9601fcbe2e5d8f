/** Lists the formats of outputs; a new format is one line here. */
import type { Definition } from "@openreg/crds";
import { StepError } from "../errors.ts";
import { csvKind } from "./csv/config.ts";
import { fixedWidthKind } from "./fixed-width/config.ts";
import type { Format, FormatKind, OutputColumn, SectionSource } from "./format.ts";
import { jsonKind } from "./json/config.ts";
import type { RunTexts } from "./run-texts.ts";
import { xlsxKind } from "./xlsx/config.ts";
import { xmlKind } from "./xml/config.ts";

type OutputSettings = Definition["outputs"][number];
type FormatName = Extract<keyof typeof formats, string>;

const formats = {
  csv: csvKind,
  fixedWidth: fixedWidthKind,
  json: jsonKind,
  xlsx: xlsxKind,
  xml: xmlKind,
};

/** The formats as definitions call them. */
export const formatNames: readonly string[] = Object.keys(formats);

/** Whether this runner has the format of an output. */
export function hasFormat(output: OutputSettings): boolean {
  return nameOf(output) !== undefined;
}

/** Where the columns of an output come from, section by section. Throws StepError `PlanInvalid` when this runner has no such format. */
export function sectionsOf(output: OutputSettings): readonly SectionSource[] {
  const [kind, settings] = kindOf(output);
  return kind.sections(settings, output.from);
}

/** The format of an output, for the columns of each section. Throws StepError `PlanInvalid`. */
export function newFormat(
  output: OutputSettings,
  columns: readonly (readonly OutputColumn[])[],
  texts: RunTexts,
): Format {
  const [kind, settings] = kindOf(output);
  return kind.newFormat(settings, columns, texts);
}

function nameOf(output: OutputSettings): FormatName | undefined {
  return (Object.keys(formats) as FormatName[]).find((name) => output[name] !== undefined);
}

function kindOf(output: OutputSettings): readonly [FormatKind<unknown>, unknown] {
  const name = nameOf(output);
  if (!name) throw new StepError("PlanInvalid", `output ${output.name} has a format that this runner does not have`);
  return [formats[name] as FormatKind<unknown>, output[name]];
}
