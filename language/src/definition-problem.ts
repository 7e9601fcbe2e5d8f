/** Owns how a remark about a definition is made: where, what and what to do. */
import { type Diagnostic, type DiagnosticCode, positionOf } from "./diagnostic.ts";

/** What can be wrong with a definition beyond its expressions. */
export type DefinitionProblemCode =
  | "BadAction"
  | "BadBinding"
  | "BadLookup"
  | "BadPath"
  | "BadQuery"
  | "BadType"
  | "BadValue"
  | "BadWindow"
  | "DuplicateName"
  | "NotUsed"
  | "OrderNotFixed"
  | "UnknownName";

/** One remark about a definition; `path` leads to the field of the Report. */
export type DefinitionDiagnostic = Omit<Diagnostic, "code"> & { readonly code: DiagnosticCode | DefinitionProblemCode };

/** A remark before it gets its line and column. */
export interface Problem {
  readonly path: string;
  readonly code: DefinitionDiagnostic["code"];
  readonly source: string;
  readonly message: string;
  readonly hint?: string;
  readonly severity?: "Warning";
  readonly start?: number;
  readonly end?: number;
}

/** Makes a remark about a field of a definition; it is an error unless it says otherwise. */
export function problem({
  path,
  code,
  source,
  message,
  hint,
  severity = "Error" as never,
  start = 0,
  end = source.length,
}: Problem): DefinitionDiagnostic {
  return { path, code, severity, ...positionOf(source, start), start, end, message, source, ...(hint && { hint }) };
}

/** Says of what the remarks speak. */
export function named(subject: string, diagnostics: readonly DefinitionDiagnostic[]): DefinitionDiagnostic[] {
  return diagnostics.map((one) => ({ ...one, message: `${subject}: ${one.message}` }));
}
