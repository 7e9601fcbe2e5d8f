/** Owns the texts of headers and trailers: expressions and lines over the run and the part, not over rows. */
import {
  compileRowProgram,
  compileTemplate,
  LanguageError,
  type PartValues,
  type RunParameter,
  type RunValues,
} from "@openreg/language";
import { causedBy, StepError } from "../errors.ts";

/** The run whose values headers and trailers show. */
export interface RunTexts {
  readonly run: RunValues;
  readonly runParameters: readonly RunParameter[];
}

/** An expression, and what messages call it. */
export interface RunExpression {
  readonly header: string;
  readonly value: string;
  readonly path: string;
}

/** The texts of the expressions for a part; null is a value that is not there. Throws StepError `OutputValueInvalid`. */
export type ExpressionTexts = (part: PartValues) => readonly (string | null)[];

/** Compiles expressions over run and part. Throws StepError `PlanInvalid`. */
export function compileRunExpressions(
  sources: readonly RunExpression[],
  { run, runParameters }: RunTexts,
): ExpressionTexts {
  if (sources.length === 0) return () => [];
  const columns = sources.map(({ value, path }) => ({ value, path }));
  const outputs = [{ name: "header and trailer", columns }];
  const program = compiled(() =>
    compileRowProgram({ columns: [], fields: [], rules: [], outputs, runParameters, run }),
  );
  return (part) => {
    program.evaluate([]);
    const texts = program.render(0, part);
    if (texts) return [...texts]; // the program reuses its array
    const { column, reason } = program.renderError ?? { column: -1, reason: "unknown" };
    const source = sources[column];
    throw refusedText(`${source?.path} (${source?.header}): ${reason}`);
  };
}

/** The lines for a part, each with its line break. Throws StepError `OutputValueInvalid`. */
export type LineTexts = (part: PartValues) => string;

interface LineSettings {
  /** Place in the settings, as in `csv.header`. */
  readonly path: string;
  readonly newline: string;
}

/** Compiles templates of lines. Throws StepError `PlanInvalid`. */
export function compileLines(
  lines: readonly string[] | undefined,
  { path, newline }: LineSettings,
  { run, runParameters }: RunTexts,
): LineTexts {
  const scope = { runParameters, part: true };
  const templates = (lines ?? []).map((line, index) =>
    compiled(() => compileTemplate(line, scope, `${path}[${index}]`)),
  );
  return (part) => {
    let text = "";
    for (const [index, template] of templates.entries()) {
      const line = rendered(() => template({ run, part }));
      if (/[\r\n]/.test(line)) {
        const message = `${path}[${index}] would be more than one line; take the line break out of its values`;
        throw refusedText(message);
      }
      text += line + newline;
    }
    return text;
  };
}

/** A header or trailer that cannot be written. */
export function refusedText(message: string, cause?: unknown): StepError {
  return new StepError("OutputValueInvalid", message, { cause, step: "GeneratingArtifacts" });
}

/** Whether expressions or templates show how many records there are, so that what stands before them is written last. */
export function showRecordCount(texts: readonly string[]): boolean {
  return texts.some((text) => /\bpart\s*\.\s*records\b/.test(text));
}

function compiled<T>(compile: () => T): T {
  try {
    return compile();
  } catch (cause) {
    if (!(cause instanceof LanguageError)) throw cause;
    throw causedBy(cause, "PlanInvalid", cause.message);
  }
}

function rendered(render: () => string): string {
  try {
    return render();
  } catch (cause) {
    if (!(cause instanceof LanguageError)) throw cause;
    throw refusedText(cause.message, cause);
  }
}
