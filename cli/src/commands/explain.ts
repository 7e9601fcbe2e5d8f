/** `openreg explain`: what a Report comes to, and the code that is generated for its rows. */
import type { ParseArgsOptionsConfig } from "node:util";
import { type Command, parsedArguments, print, refusePositionals } from "../command-line.ts";
import { readManifests } from "../manifests.ts";
import { planText } from "../plan-text.ts";
import { resolveReport } from "../resolve-report.ts";
import { type InputProgram, rowProgramTexts } from "../row-program-texts.ts";

const usage = `openreg explain -f PATH [-f PATH …] [--report NAME] [--no-code] [--json]

Shows what a Report comes to when everything it refers to is resolved and every default applied: parameters, inputs, lookups, fields,
rules in their order, limits, outputs, deliveries; then the program that is generated for the rows of each input. --no-code leaves the
program out; with --json the resolved definition and the programs are one object.
Exit codes: 0 shown, 2 the definition or the command line is wrong.`;

const options = {
  file: { type: "string", short: "f", multiple: true, default: [] },
  report: { type: "string" },
  "no-code": { type: "boolean", default: false },
  json: { type: "boolean", default: false },
} satisfies ParseArgsOptionsConfig;

/** The command. */
export const explainCommand: Command = { usage, start };

async function start(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsedArguments(args, options);
  refusePositionals(positionals);
  const { definition } = resolveReport(await readManifests(values.file), values.report);
  const programs = values["no-code"] ? [] : rowProgramTexts(definition);
  if (values.json) await print(JSON.stringify({ definition, programs }, undefined, 2));
  else await print([planText(definition), ...programs.map(programText)].join("\n\n"));
  return 0;
}

function programText({ input, code, why }: InputProgram): string {
  return `PROGRAM for the rows of ${input}\n${code ?? `  ${why}`}`;
}
