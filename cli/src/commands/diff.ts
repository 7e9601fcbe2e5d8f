/** `openreg diff`: what is different between two definitions, or between two runs. */
import type { ParseArgsOptionsConfig } from "node:util";
import { parseDefinition } from "@openreg/crds";
import type { Definition, ReportVersionSpec } from "@openreg/crds/types";
import { type Command, parsedArguments, print } from "../command-line.ts";
import { changesText, compareSections, type Section } from "../comparison.ts";
import { definitionSections } from "../definition-sections.ts";
import { readManifests, specsOf } from "../manifests.ts";
import { resolveDefinition } from "../resolve-report.ts";
import { holdsRun, runFolderOf, runSections } from "../run-folder.ts";
import { UsageError } from "../usage-error.ts";

const usage = `openreg diff A B [--report NAME] [--json]

Says what is different between A and B. Each is the definition of a Report as YAML (a file, or a folder of files), a ReportVersion as YAML
or JSON (kubectl get reportversion NAME -o json), or the folder of a run in its store; both are definitions or both are runs.
Definitions: settings, inputs, fields, rules, outputs, deliveries and all else that was resolved. Runs: version, rows read, rows,
findings by rule, artifacts with their hashes.
Exit codes: 0 the same, 1 different, 2 one of them cannot be read or the command line is wrong.`;

const options = {
  report: { type: "string" },
  json: { type: "boolean", default: false },
} satisfies ParseArgsOptionsConfig;

/** The command. */
export const diffCommand: Command = { usage, start };

interface Side {
  readonly kind: "Definition" | "Run";
  readonly sections: readonly Section[];
}

async function start(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsedArguments(args, options);
  const [first, second, ...more] = positionals;
  if (first === undefined || second === undefined || more.length > 0)
    throw new UsageError(`name two things to compare, not ${positionals.length}`);
  const before = await readSide(first, values.report);
  const after = await readSide(second, values.report);
  if (before.kind !== after.kind)
    throw new UsageError("one is a run and the other a definition: compare like with like");
  const sections = compareSections(before.sections, after.sections);
  const isSame = sections.length === 0;
  if (values.json) await print(JSON.stringify({ kind: before.kind, same: isSame, sections }, undefined, 2));
  else if (!isSame) await print(changesText(sections));
  if (isSame) console.error("no difference");
  return isSame ? 0 : 1;
}

async function readSide(path: string, report: string | undefined): Promise<Side> {
  if (await holdsRun(path)) return { kind: "Run", sections: await runSections(await runFolderOf(path)) };
  return { kind: "Definition", sections: definitionSections(await readDefinition(path, report)) };
}

async function readDefinition(path: string, report: string | undefined): Promise<Definition> {
  const manifests = await readManifests([path]);
  const versions = specsOf<ReportVersionSpec>(manifests, "ReportVersion");
  const [version] = versions.values();
  if (!version) return resolveDefinition(manifests, report);
  if (versions.size > 1) throw new UsageError(`${path} holds ${versions.size} ReportVersions: name a file with one`);
  try {
    return parseDefinition(version.definition);
  } catch (cause) {
    throw new UsageError(
      `the definition in ${path} cannot be read: ${cause instanceof Error ? cause.message : cause}`,
      {
        cause,
      },
    );
  }
}
