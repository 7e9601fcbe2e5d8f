/** Owns the name of an artifact: rendered from its template, then checked against what is never allowed and what the receivers allow. */
import { checkFileName, compileTemplate, LanguageError } from "@openreg/language";
import type { RunContext } from "./context.ts";
import type { PreparedOutput } from "./data-path.ts";
import { receiversOf } from "./deliveries.ts";
import { causedBy, StepError } from "./errors.ts";
import { runParametersOf } from "./run-parameters.ts";

/** The checked file name of an output. Throws StepError `FileNameRefused`. */
export function fileNameOf(context: RunContext, prepared: PreparedOutput): string {
  const { output } = prepared;
  const name = rendered(context, prepared);
  const problem = checkFileName(name) ?? receiverProblem(context, output.name, name);
  if (problem === undefined) return name;
  const shown = JSON.stringify(name.slice(0, 200));
  throw new StepError(
    "FileNameRefused",
    `output ${output.name}: the file name ${shown} is not allowed: ${problem}; correct fileName or the parameter that it uses`,
  );
}

function rendered({ definition, values }: RunContext, { output, file }: PreparedOutput): string {
  const scope = { runParameters: runParametersOf(definition), part: true };
  try {
    const template = compileTemplate(output.fileName, scope, `fileName of output ${output.name}`);
    return template({ run: values, part: { number: 1, records: file.records, sequence: "" } });
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
