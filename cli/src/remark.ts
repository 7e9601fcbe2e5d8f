/** Owns a remark of `openreg lint`: what is wrong, with which field of which object, on which line of which file; and how it is shown. */
import { type DefinitionDiagnostic, formatDiagnostic, visible } from "@openreg/language";
import type { PlacedManifest } from "./manifests.ts";
import { placeOf } from "./yaml-place.ts";

/** One remark. `line` and `column` are those of the file; `text` is the field's text that the remark is about, with the place in it. */
export interface Remark {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Kind and name, as in `Report 'trades'`; empty for a file that holds none. */
  readonly object: string;
  readonly path: string;
  readonly code: string;
  readonly severity: "Error" | "Warning";
  readonly message: string;
  readonly hint?: string;
  readonly text?: Readonly<Pick<DefinitionDiagnostic, "source" | "line" | "column">>;
}

/** What is said about an object, before it has its place. */
export type Unplaced = Pick<Remark, "path" | "code" | "severity" | "message" | "hint">;

/** Places what the check of the language says. */
export function remarkOf(placed: PlacedManifest, diagnostic: DefinitionDiagnostic): Remark {
  const { path, code, severity, message, hint, source, line, column } = diagnostic;
  return {
    ...placeOf(placed, diagnostic),
    object: objectOf(placed),
    ...{ path, code, severity, message },
    ...(hint !== undefined && { hint }),
    text: { source, line, column },
  };
}

/** Places what is said about a field as a whole. */
export function remarkOnField(placed: PlacedManifest, unplaced: Unplaced): Remark {
  const place = placeOf(placed, { path: unplaced.path, source: "", line: 1, column: 1 });
  return { ...place, object: objectOf(placed), ...unplaced };
}

/** Remarks in the order of the files' lines, each once. */
export function inOrder(remarks: readonly Remark[]): readonly Remark[] {
  const once = new Map(remarks.map((one) => [JSON.stringify(one), one]));
  return [...once.values()].sort(
    (first, second) =>
      (first.file < second.file ? -1 : Number(first.file > second.file)) ||
      first.line - second.line ||
      first.column - second.column,
  );
}

/** A remark as people read it: the place in the file, then the words of the operator. */
export function formatRemark(remark: Remark): string {
  const { file, line, column, object, path, severity, message, hint, text } = remark;
  const head = `${visible(file)}:${line}:${column}:`;
  const where = object === "" ? head : `${head} ${visible(object)}`;
  if (text) return `${where}\n${formatDiagnostic({ ...remark, ...text, start: 0, end: 0 })}`;
  const said = `${severity === "Warning" ? "warning: " : ""}${message}${hint === undefined ? "" : ` (${hint})`}`;
  return `${where}\n${path === "" ? "" : `${visible(path)}: `}${visible(said)}`;
}

function objectOf({ manifest }: PlacedManifest): string {
  return `${manifest.kind} '${manifest.metadata.name ?? ""}'`;
}
