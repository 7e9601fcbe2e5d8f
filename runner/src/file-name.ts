/** Owns the name of an artifact: rendered from its template, then checked against what is never allowed and what the receivers allow. */
import type { Definition } from "@openreg/crds";
import {
  checkFileName,
  compileFileNamePattern,
  compileTemplate,
  LanguageError,
  type PartValues,
} from "@openreg/language";
import type { RunContext } from "./context.ts";
import { receiversOf, takes } from "./deliveries.ts";
import { causedBy, StepError } from "./errors.ts";
import { packedName } from "./packages/packing.ts";
import { runParametersOf } from "./run-parameters.ts";

type Output = Definition["outputs"][number];

/** A part, and the only receiver it is for where that numbers its files. */
export type NamedPart = PartValues & { readonly destination?: string | undefined };

/** The checked file name of a part of an output. Throws StepError `FileNameRefused`. */
export function fileNameOf(context: RunContext, output: Output, part: NamedPart): string {
  const name = rendered(context, output, part);
  const problem =
    checkFileName(name) ?? receiverProblem(context, { output: output.name, destination: part.destination }, name);
  if (problem === undefined) return name;
  const shown = JSON.stringify(name.slice(0, 200));
  throw new StepError(
    "FileNameRefused",
    `output ${output.name}: the file name ${shown} is not allowed: ${problem}; correct fileName or the parameter that it uses`,
  );
}

function rendered({ definition, values }: RunContext, output: Output, part: PartValues): string {
  const scope = { runParameters: runParametersOf(definition), part: true };
  try {
    const template = compileTemplate(output.fileName, scope, `fileName of output ${output.name}`);
    return template({ run: values, part });
  } catch (cause) {
    if (!(cause instanceof LanguageError)) throw cause;
    throw causedBy(cause, "FileNameRefused", cause.message);
  }
}

/** A receiver may allow less than the fixed bans do; what counts is the name that it sees. */
function receiverProblem(
  context: RunContext,
  file: { readonly output: string; readonly destination: string | undefined },
  name: string,
): string | undefined {
  for (const receiver of receiversOf(context)) {
    const { destination, package: packing } = receiver;
    if (!takes(receiver, file)) continue;
    const seen = packedName(name, packing);
    const problem = patternProblem(destination, seen);
    if (problem !== undefined) return seen === name ? problem : `${problem} as ${seen}`;
    const packed = checkFileName(seen);
    if (packed !== undefined) return `as ${seen}, ${packed}`;
  }
  return undefined;
}

function patternProblem({ name, delivery }: Definition["destinations"][number], seen: string): string | undefined {
  if (delivery.fileNamePattern === undefined) return undefined;
  const where = `fileNamePattern of Destination ${name}`;
  const compiled = compileFileNamePattern(delivery.fileNamePattern);
  if ("problem" in compiled) return `${where} cannot be used: ${compiled.problem}`;
  return compiled.matcher.test(seen) ? undefined : `it does not match ${where}`;
}
