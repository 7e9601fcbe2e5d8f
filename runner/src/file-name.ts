/** Owns the name of an artifact: rendered from its template, then checked against what is never allowed and what the receivers allow. */
import { checkFileName, compileFileNamePattern, compileTemplate, LanguageError } from "@openreg/language";
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

function rendered({ definition, values }: RunContext, { output, records }: PreparedOutput): string {
  const scope = { runParameters: runParametersOf(definition), part: true };
  try {
    const template = compileTemplate(output.fileName, scope, `fileName of output ${output.name}`);
    return template({ run: values, part: { number: 1, records, sequence: "" } });
  } catch (cause) {
    if (!(cause instanceof LanguageError)) throw cause;
    throw causedBy(cause, "FileNameRefused", cause.message);
  }
}

/** A receiver may allow less than the fixed bans do. */
function receiverProblem(context: RunContext, outputName: string, name: string): string | undefined {
  const problems = receiversOf(context).flatMap(({ destination, outputs }) => {
    const pattern = destination.delivery.fileNamePattern;
    if (pattern === undefined || !outputs.includes(outputName)) return [];
    const where = `fileNamePattern of Destination ${destination.name}`;
    const compiled = compileFileNamePattern(pattern);
    if ("problem" in compiled) return [`${where} cannot be used: ${compiled.problem}`];
    return compiled.regExp.test(name) ? [] : [`it does not match ${where}`];
  });
  return problems[0];
}
