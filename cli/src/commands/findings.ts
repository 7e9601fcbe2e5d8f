/** `openreg findings`: what the rules found in a run, row by row. */
import type { ParseArgsOptionsConfig } from "node:util";
import { visible } from "@openreg/language";
import type { Finding } from "@openreg/runner";
import { type Command, parsedArguments, print } from "../command-line.ts";
import { findingsOf, runFolderIn, runFolderOf } from "../run-folder.ts";
import { counted, table } from "../tables.ts";
import { UsageError } from "../usage-error.ts";

const usage = `openreg findings RUN-FOLDER [--rule ID …] [--severity Warning|Blocking|Correctable …] [--limit N] [--json]
openreg findings --store FOLDER --run NAME […]

Shows what the rules found in a run. RUN-FOLDER is the folder of the run in its store; of several of one name the latest is taken.
A table of at most N findings (default 100), with --json one object per line, all of them unless --limit says otherwise.
Values of personal columns were masked when the run wrote them. How many there are goes to standard error.
Exit codes: 0 shown, 2 there is no such run or the command line is wrong.`;

const severities = ["Warning", "Blocking", "Correctable"];

const options = {
  store: { type: "string" },
  run: { type: "string" },
  rule: { type: "string", multiple: true, default: [] },
  severity: { type: "string", multiple: true, default: [] },
  limit: { type: "string" },
  json: { type: "boolean", default: false },
} satisfies ParseArgsOptionsConfig;

/** The command. */
export const findingsCommand: Command = { usage, start };

async function start(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsedArguments(args, options);
  const { rule, severity, json } = values;
  const unknown = severity.find((one) => !severities.includes(one));
  if (unknown !== undefined) throw new UsageError(`--severity is ${severities.join(", ")}, not '${unknown}'`);
  const most = limitOf(values.limit, json);
  const folder = await folderOf(positionals, values.store, values.run);
  const isAsked = (one: Finding) =>
    (rule.length === 0 || rule.includes(one.rule)) && (severity.length === 0 || severity.includes(one.severity));
  const show = json ? printLine : undefined;
  const { found, kept } = await selected(findingsOf(folder), { isAsked, most, show });
  if (kept.length > 0) await print(findingsTable(kept));
  console.error(`${folder}: ${counted(found, "finding")}${found > most ? `, the first ${most} are shown` : ""}`);
  return 0;
}

function printLine(finding: Finding): Promise<void> {
  return print(JSON.stringify(finding));
}

interface Selection {
  readonly isAsked: (finding: Finding) => boolean;
  /** How many are shown; all are counted. */
  readonly most: number;
  /** Shows one at once; without it they are kept. */
  readonly show: ((finding: Finding) => Promise<void>) | undefined;
}

async function selected(findings: AsyncIterable<Finding>, { isAsked, most, show }: Selection) {
  const kept: Finding[] = [];
  let found = 0;
  for await (const finding of findings) {
    if (!isAsked(finding)) continue;
    found += 1;
    if (found > most) continue;
    if (show) await show(finding);
    else kept.push(finding);
  }
  return { found, kept };
}

function limitOf(text: string | undefined, isJson: boolean): number {
  if (text === undefined) return isJson ? Number.POSITIVE_INFINITY : 100;
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new UsageError(`--limit is a whole number from 1, not '${text}'`);
}

async function folderOf(positionals: readonly string[], store: string | undefined, run: string | undefined) {
  const [path, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`name one folder of a run, not ${positionals.length}`);
  if (path !== undefined && (store ?? run) === undefined) return runFolderOf(path);
  if (path === undefined && store !== undefined && run !== undefined) return runFolderIn(store, run);
  throw new UsageError("name the folder of a run, or a store and a run with --store and --run");
}

function findingsTable(findings: readonly Finding[]): string {
  return table(
    ["RULE", "SEVERITY", "ROW", "RECORD", "COLUMNS", "MESSAGE"],
    findings.map(({ rule, severity, input, row, recordKey, columns, message, undecided }) =>
      [
        ...[rule, severity, `${input === undefined ? "" : `${input} `}${row ?? "-"}`],
        ...[pairs(recordKey), pairs(columns)],
        undecided === undefined ? message : `${message} (undecided: ${undecided})`,
      ].map(visible),
    ),
  );
}

function pairs(values: Finding["columns"]): string {
  return (
    Object.entries(values)
      .map(([name, value]) => `${name}=${value ?? "null"}`)
      .join(" ") || "-"
  );
}
