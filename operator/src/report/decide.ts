/** Decides what one reconcile of a Report does. Pure: no client, no clock. */
import { type ObjectReference, versionNameOf } from "@openreg/crds";
import { visible } from "@openreg/language";
import type { DefinitionRemark } from "../check-worker.ts";
import { reportReasons } from "../errors.ts";
import type { ReportDecision, ReportInput } from "./input.ts";

type Guard = (input: ReportInput) => ReportDecision | undefined;

/** What may stand between a Report and its version, asked in order; the first that answers wins. */
const guards: readonly Guard[] = [
  priorityRefused, //   it asks for a priority that the operator does not give
  referenceMissing, //  an object that it names does not exist (yet)
  definitionUnavailable, // it uses what this release cannot do
  definitionInvalid, // an expression, a rule or a name in it is wrong
  nameTaken, //         another definition has the name of its version
];

/** Decides what one reconcile of a Report does. */
export function decide(input: ReportInput): ReportDecision {
  for (const guard of guards) {
    const decision = guard(input);
    if (decision) return decision;
  }
  const { report, resolved, existing } = input;
  if (!resolved) throw new Error(`Report '${report.metadata.name}' was neither resolved nor refused`);
  const name = versionNameOf(report.metadata.name, resolved.version.contentHash);
  return { kind: existing ? "Accept" : "Freeze", name, resolved };
}

function priorityRefused({ report, priorityClasses }: ReportInput): ReportDecision | undefined {
  const name = report.spec.run?.priorityClassName;
  if (!name || priorityClasses.includes(name)) return undefined;
  const allowed = priorityClasses.length > 0 ? priorityClasses.join(", ") : "none";
  const message = `spec.run.priorityClassName: '${name}' is not allowed here (allowed: ${allowed}): name another, or let the operator's settings allow it`;
  return { kind: "Refuse", reason: reportReasons.definitionInvalid, message };
}

function referenceMissing({ missing }: ReportInput): ReportDecision | undefined {
  if (missing.length === 0) return undefined;
  return { kind: "AwaitReferences", message: shorten(missing.map(missingSentence).join("; ")) };
}

function missingSentence({ kind, name, path }: ObjectReference): string {
  return `${kind} '${name}' of ${path} does not exist: apply it in this namespace or correct the name`;
}

function definitionUnavailable({ unavailable }: ReportInput): ReportDecision | undefined {
  if (unavailable === undefined) return undefined;
  return { kind: "Refuse", reason: reportReasons.definitionInvalid, message: shorten(unavailable) };
}

function definitionInvalid({ resolved }: ReportInput): ReportDecision | undefined {
  const errors = resolved?.remarks.filter((remark) => remark.severity === "Error") ?? [];
  if (errors.length === 0) return undefined;
  return { kind: "Refuse", reason: reportReasons.definitionInvalid, message: formatRemarks(errors) };
}

function nameTaken({ existing, resolved, report }: ReportInput): ReportDecision | undefined {
  if (!existing || existing.spec.contentHash === resolved?.version.contentHash) return undefined;
  return {
    kind: "Refuse",
    reason: reportReasons.nameTaken,
    message: nameTakenSentence(existing.metadata.name, report.metadata.name),
  };
}

/** The sentence for a version name that another definition has. */
export function nameTakenSentence(version: string, report: string): string {
  return `ReportVersion '${version}' holds another definition: remove it if nothing was filed with it, or change Report '${report}'`;
}

/** As many remarks as a condition can carry, without characters that would rewrite the terminal of whoever reads it. */
export function formatRemarks(remarks: readonly DefinitionRemark[]): string {
  const lines = remarks.map(({ path, line, column, message, hint }) =>
    visible(`${path} ${line}:${column}: ${message}${hint ? ` (${hint})` : ""}`),
  );
  const shown = lines.slice(0, 8);
  const more = lines.length > shown.length ? [`and ${lines.length - shown.length} more`] : [];
  return shorten([...shown, ...more].join("; "));
}

function shorten(message: string): string {
  return message.length <= 2000 ? message : `${message.slice(0, 1997)}...`;
}
