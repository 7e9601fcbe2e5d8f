/** `openreg lint`: what is wrong with the definitions in files, before anything is applied. */
import type { ParseArgsOptionsConfig } from "node:util";
import { checkManifests } from "../check-manifests.ts";
import { type Command, parsedArguments, print, refusePositionals } from "../command-line.ts";
import { readPlacedManifests } from "../manifests.ts";
import { formatRemark, inOrder, type Remark } from "../remark.ts";
import { newSarif } from "../sarif.ts";
import { checkByServer } from "../server-check.ts";
import { counted } from "../tables.ts";
import { UsageError } from "../usage-error.ts";

const usage = `openreg lint -f PATH [-f PATH …] [--json | --sarif] [--cluster [--context NAME] [--namespace NAME]]

Says what is wrong with the definitions in YAML files, with file, line and column, in the words of the operator: schemas, fields that
are not available yet, sizes, and every expression, query, template and name of each Report and RuleSet. RuleSets and MappingSets
that a Report uses must be among the files. With --cluster the API server is asked too, by a dry run of kubectl.
Remarks go to standard output: as text, with --json as one object, with --sarif as a SARIF 2.1.0 log.
Exit codes: 0 no errors (there may be warnings), 1 errors, 2 the command line is wrong or the cluster cannot be asked.`;

const options = {
  file: { type: "string", short: "f", multiple: true, default: [] },
  json: { type: "boolean", default: false },
  sarif: { type: "boolean", default: false },
  cluster: { type: "boolean", default: false },
  context: { type: "string" },
  namespace: { type: "string", short: "n" },
} satisfies ParseArgsOptionsConfig;

/** The command. */
export const lintCommand: Command = { usage, start };

async function start(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsedArguments(args, options);
  refusePositionals(positionals);
  const { json, sarif, cluster, context, namespace } = values;
  if (json && sarif) throw new UsageError("--json and --sarif are two ways to say the same: name one");
  if (!cluster && (context !== undefined || namespace !== undefined))
    throw new UsageError("--context and --namespace say which cluster to ask: add --cluster");
  const read = await readPlacedManifests(values.file);
  const asked = cluster ? await checkByServer(read.placed, { context, namespace }) : [];
  const known = checkManifests(read);
  const remarks = inOrder([...known, ...asked.filter((one) => !isRepeat(one, known))]);
  const errors = remarks.filter(({ severity }) => severity === "Error").length;
  const counts = { objects: read.placed.length, errors, warnings: remarks.length - errors };
  if (sarif) await print(JSON.stringify(newSarif(remarks), undefined, 2));
  else if (json) await print(JSON.stringify({ ...counts, remarks }, undefined, 2));
  else if (remarks.length > 0) await print(textOf(remarks));
  const { objects, warnings } = counts;
  console.error(`${counted(objects, "object")}: ${counted(errors, "error")}, ${counted(warnings, "warning")}`);
  return errors === 0 ? 0 : 1;
}

/** The API server says the same as our own check of a schema, with a word before it. */
function isRepeat({ file, line, path, message }: Remark, known: readonly Remark[]): boolean {
  return known.some(
    (one) => one.file === file && one.line === line && one.path === path && message.endsWith(one.message),
  );
}

function textOf(remarks: readonly Remark[]): string {
  return remarks.map(formatRemark).join("\n\n");
}
