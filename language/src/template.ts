/** Templates of file names: text with `{expression}` or `{expression:format}`, compiled once, rendered per part. */
import { checkSource, expectKind } from "./check.ts";
import { type Format, parseFormat } from "./date-pattern.ts";
import { type Diagnostic, newReporter, type Reporter } from "./diagnostic.ts";
import { type Emitter, emit, newProgram, type Program } from "./emit.ts";
import { LanguageError, refuseErrors } from "./errors.ts";
import { textCode } from "./functions/conversions.ts";
import { readsOf } from "./reads.ts";
import { decodePart, decodeRun, type PartValues, type RunValues } from "./run-values.ts";
import { CALLABLE } from "./runtime/library.ts";
import type { Scope } from "./scope.ts";
import { variableOf } from "./slot-variable.ts";
import { splitTemplate, type TemplatePiece } from "./template-syntax.ts";
import type { Constant, Node } from "./typed.ts";
import { isNumeric } from "./value-type.ts";

/** A template and where it stands. */
export interface TemplateSource {
  readonly source: string;
  readonly path: string;
  readonly scope: Scope;
}

/** What a template is rendered with; `part` where the scope has one. */
export interface TemplateValues {
  readonly run: RunValues;
  readonly part?: PartValues | undefined;
}

/** A compiled template: gives the text, or throws a LanguageError when a value is null or cannot be computed. */
export type Template = (values: TemplateValues) => string;

type CheckedPiece =
  | { readonly text: string }
  | { readonly node: Node; readonly offset: number; readonly format: Format | undefined };

/** Checks a template; never throws on what a user wrote. */
export function checkTemplate({ source, path, scope }: TemplateSource): {
  readonly diagnostics: readonly Diagnostic[];
} {
  const reporter = newReporter(path, source);
  checkPieces(source, path, scope, reporter);
  return { diagnostics: reporter.diagnostics };
}

function checkPieces(source: string, path: string, scope: Scope, reporter: Reporter): readonly CheckedPiece[] {
  const pieces = splitTemplate(source, reporter) ?? [];
  return pieces.map((piece) => checkPiece(piece, path, scope, reporter));
}

function checkPiece(piece: TemplatePiece, path: string, scope: Scope, reporter: Reporter): CheckedPiece {
  if (piece.kind === "text") return { text: piece.text };
  const offset = piece.span.start;
  const inner = newReporter(path, reporter.source, offset, reporter.diagnostics as Diagnostic[]);
  const node = checkSource(piece.text, scope, inner);
  if (!node) return { text: "" };
  expectKind(node, "any", inner);
  if (node.nullable)
    inner.warn(node.span, {
      code: "MayBeNull",
      message: "this value may be null, and then there is no name",
      hint: "use coalesce to give it a value",
    });
  return { node, offset, format: formatOf(piece, node, reporter) };
}

function formatOf(
  { format }: TemplatePiece & { kind: "expression" },
  node: Node,
  reporter: Reporter,
): Format | undefined {
  if (!format || node.type.kind === "invalid") return undefined;
  const parsed = parseFormat(format.text, node.type);
  if ("format" in parsed) return parsed.format;
  reporter.error(format.span, { code: "BadFormat", message: parsed.problem, hint: parsed.hint });
  return undefined;
}

/** Compiles a template; throws a LanguageError when it has errors. */
export function compileTemplate(source: string, scope: Scope, path = "template"): Template {
  const reporter = newReporter(path, source);
  const pieces = checkPieces(source, path, scope, reporter);
  refuseErrors(reporter.diagnostics);
  const write = generate(pieces, source, path);
  return ({ run, part }) => write(decodeRun(run, scope.runParameters), part && decodePart(part));
}

/** Renders a template once; compile it where it is rendered often. */
export function renderTemplate(source: string, scope: Scope, values: TemplateValues): string {
  return compileTemplate(source, scope)(values);
}

type Write = (run: readonly Constant[], part: readonly Constant[] | undefined) => string;

function generate(pieces: readonly CheckedPiece[], source: string, path: string): Write {
  const constants: unknown[] = [];
  const program = newProgram(constants);
  program.temporaries = 1;
  const lines = pieces.map((piece) => pieceLine(piece, source, program));
  const names = Array.from({ length: program.temporaries }, (_, index) => `,t${index}`).join("");
  const slots = readSlots(pieces);
  const body = `"use strict";let site=0,Q=0,text=""${names};${slots}${program.functions.join("")}${lines.join("")}return text;`;
  const write = new Function(...CALLABLE.keys(), "fail", ...constants.map((_, index) => `k${index}`), "R", "P", body);
  const fail = (site: number): never => {
    throw new LanguageError(
      "NoValue",
      `${path}: the template has no value: ${program.sites[site]?.sentence || "a value is null"}`,
    );
  };
  return (run, part) => write(...CALLABLE.values(), fail, ...constants, run, part ?? [1, 0, ""]) as string;
}

function readSlots(pieces: readonly CheckedPiece[]): string {
  const names = new Set(pieces.flatMap((piece) => ("node" in piece ? readsOf(piece.node) : [])).map(variableOf));
  return [...names].map((name) => `const ${name}=${name.startsWith("r") ? "R" : "P"}[${name.slice(1)}];`).join("");
}

function pieceLine(piece: CheckedPiece, source: string, program: Program): string {
  if ("text" in piece) return `text+=${JSON.stringify(piece.text)};`;
  const { node, offset, format } = piece;
  const emitter: Emitter = { program, source, offset, used: 0 };
  const code = emit(node, emitter);
  const isCell = format && !isNumeric(node.type);
  const plain = isCell ? "t0" : textCode(node.type)(["t0"], program.pool);
  const text = format ? `${program.pool.add(format)}(${plain})` : plain;
  return `t0=${code};if(t0==null)fail(t0===null?0:site);text+=${text};`;
}
