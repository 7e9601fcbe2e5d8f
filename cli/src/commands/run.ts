/** `openreg run`: one run on this machine, with the runner's own code and a folder as store. */
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { ParseArgsOptionsConfig } from "node:util";
import { exitCodes, isInstant, toSeconds } from "@openreg/crds";
import { type Command, parsedArguments, print, refusePositionals } from "../command-line.ts";
import { runReport } from "../local-run.ts";
import { readManifests } from "../manifests.ts";
import { tablesOf } from "../tables.ts";
import { UsageError } from "../usage-error.ts";

const usage = `openreg run -f PATH [-f PATH …] --business-date YYYY-MM-DD [--report NAME] [--mode Test|Live]
            [--parameter NAME=VALUE …] [--created-at TIME] [--store FOLDER] [--json]

Runs a Report on this machine: reads its sources, applies its rules and writes its files below FOLDER (default ./openreg-store).
Nothing is delivered and nothing is filed. PATH is a YAML file or a folder of them; Secrets are taken from there too, and a later
file replaces what an earlier one says. TIME is what the run takes for the time of its creation (run.createdAt), default now: with that
of a run in a cluster, 2026-04-01T18:00:00Z, and the same rows the files are those of that run. Tables go to standard error, with --json the result goes to standard output.
Exit codes: 0 made, 1 failed, 2 the definition or the command line is wrong.`;

const options = {
  file: { type: "string", short: "f", multiple: true, default: [] },
  report: { type: "string" },
  "business-date": { type: "string" },
  mode: { type: "string", default: "Test" },
  parameter: { type: "string", multiple: true, default: [] },
  "created-at": { type: "string" },
  store: { type: "string", default: "openreg-store" },
  json: { type: "boolean", default: false },
} satisfies ParseArgsOptionsConfig;

/** The command. */
export const runCommand: Command = { usage, start };

async function start(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsedArguments(args, options);
  refusePositionals(positionals);
  const { mode } = values;
  const businessDate = values["business-date"];
  if (!businessDate) throw new UsageError("--business-date is missing");
  if (mode !== "Test" && mode !== "Live") throw new UsageError(`--mode is Test or Live, not '${mode}'`);
  const createdAt = values["created-at"];
  if (createdAt !== undefined && !isWholeSecond(createdAt))
    throw new UsageError(`--created-at is a time in UTC such as 2026-04-01T18:00:00Z, not '${createdAt}'`);
  const storeFolder = resolve(values.store);
  const parameters = Object.fromEntries(values.parameter.map(parameterOf));
  const manifests = await readManifests(values.file);
  await mkdir(storeFolder, { recursive: true });
  const request = {
    manifests,
    report: values.report,
    businessDate,
    mode,
    parameters,
    ...(createdAt !== undefined && { createdAt }),
    storeFolder,
    show: () => {},
  } as const;
  const end = await runReport(request);
  console.error(tablesOf(end.execution));
  console.error(`\n${end.message.code}: ${end.message.message}\nStore: ${storeFolder}`);
  if (values.json) await print(JSON.stringify({ ...end.message, storeFolder, execution: end.execution }));
  return end.exitCode === exitCodes.done ? 0 : 1;
}

/** The precision of what Kubernetes says. */
function isWholeSecond(text: string): boolean {
  return isInstant(text) && toSeconds(text) === text;
}

function parameterOf(text: string): [string, string] {
  const equals = text.indexOf("=");
  if (equals < 1) throw new UsageError(`--parameter is NAME=VALUE, not '${text}'`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}
