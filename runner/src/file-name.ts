/** Owns the name of an artifact: rendered from its template, then checked against what is never allowed and what the receivers allow. */
import type { Definition } from "@openreg/crds";
import { checkFileName, compileTemplate, LanguageError, type PartValues } from "@openreg/language";
import type { RunContext } from "./context.ts";
import { receiversOf } from "./deliveries.ts";
import { causedBy, StepError } from "./errors.ts";
import { runParametersOf } from "./run-parameters.ts";

type Output = Definition["outputs"][number];

/** The checked file name of a part of an output. Throws StepError `FileNameRefused`. */
export function fileNameOf(context: RunContext, output: Output, part: PartValues): string {
  const name = rendered(context, output, part);
  const problem = checkFileName(name) ?? receiverProblem(context, output.name, name);
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

/** A receiver may allow less than the fixed bans do. */
function receiverProblem(context: RunContext, outputName: string, name: string): string | undefined {
  const refusing = receiversOf(context).find(({ destination, outputs }) => {
    const pattern = destination.delivery.fileNamePattern;
    return pattern !== undefined && outputs.includes(outputName) && !new RegExp(`^(?:${pattern})$`, "u").test(name);
  });
  return refusing && `it does not match fileNamePattern of Destination ${refusing.destination.name}`;
}
