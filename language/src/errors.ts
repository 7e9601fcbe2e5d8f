/** The one error this package throws: a definition, or a value given beside it, that cannot be used. */
import { type Diagnostic, formatDiagnostic } from "./diagnostic.ts";

/** Thrown when an expression, template, column type or run value is refused; `code` is stable, `diagnostics` say where. */
export class LanguageError extends Error {
  readonly code: string;
  readonly diagnostics: readonly Diagnostic[];

  constructor(code: string, message: string, diagnostics: readonly Diagnostic[] = []) {
    super(message);
    this.name = "LanguageError";
    this.code = code;
    this.diagnostics = diagnostics;
  }
}

/** Most remarks that a message holds. */
const MAX_SHOWN = 10;

/** Throws when one of the diagnostics is an error; the message holds the first ones, formatted. */
export function refuseErrors(diagnostics: readonly Diagnostic[]): void {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "Error");
  const first = errors[0];
  if (!first) return;
  const shown = errors.slice(0, MAX_SHOWN).map(formatDiagnostic);
  const more = errors.length > MAX_SHOWN ? [`and ${errors.length - MAX_SHOWN} more`] : [];
  throw new LanguageError(first.code, [...shown, ...more].join("\n"), errors);
}
