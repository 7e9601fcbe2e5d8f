/** Writes the one generated function body of a Report: decode the columns once, then fields, rules and outputs. */
import { cellDecoder } from "./cell-decoder.ts";
import type { Column } from "./column-type.ts";
import { emit, emitDecided, newEmitter, type Program } from "./emit.ts";
import { textCode } from "./functions/conversions.ts";
import { readsOf } from "./reads.ts";
import type { CheckedRow, CheckedSource, RowSource } from "./row-check.ts";
import { recordLines, stepLines } from "./row-steps.ts";
import { variablesOf } from "./slot-variable.ts";
import type { Node, Pool } from "./typed.ts";
import { type ValueType, valueTypeOf } from "./value-type.ts";

/** Most columns of an output: an error of a value is told as one number together with its column. */
export const MAX_OUTPUT_COLUMNS = 65_536;

/** The program's text: `evaluate` leaves values for `renders`. */
export interface RowCode {
  readonly evaluate: string;
  readonly renders: readonly string[];
  /** Names of texts that several outputs write: made for the first, kept until the next row. */
  readonly texts: readonly string[];
}

/** What is written. `finders` are the names of the functions that find the match of each lookup. */
export interface RowInput {
  readonly source: RowSource;
  readonly checked: CheckedRow;
  readonly finders: readonly string[];
}

/** Writes the functions. Generated names: c column, x its text, f field, s its reason, l looked-up value, z its reason, d record, y its reason, V verdicts, S reasons, G kinds of reasons, M results of lookups, N their reasons, H what outputs read, O their texts: arrays that live as long as a row cost the garbage collector less than old ones that hold young values. */
export function writeRow({ source, checked, finders }: RowInput, program: Program): RowCode {
  const { columns } = source;
  const outputReads = new Set(checked.outputs.flat().flatMap(({ node }) => namesRead(node, columns)));
  const shared = [...outputReads];
  const texts = textNames(checked.outputs);
  const written = [...texts.values()];
  const lines = [
    ...columns.map((column, index) => decodeLine(column, index, program)),
    ...stepLines(source, checked, { finders, program }),
    ...recordLines(checked, program),
    `H=[${shared.join(",")}];`,
    ...checked.rules.map((rule, index) => ruleLine(rule, index, program)),
    "return n;",
  ];
  return {
    evaluate: functionText("evaluate", ["row"], `let n=0;${forgetting(written)}${lines.join("\n")}`, program),
    renders: checked.outputs.map((output, index) => renderText(output, { index, columns, shared, texts }, program)),
    texts: written,
  };
}

function functionText(name: string, parameters: readonly string[], body: string, { temporaries }: Program): string {
  const names = Array.from({ length: temporaries }, (_, index) => `,t${index}`).join("");
  return `function ${name}(${parameters.join(",")}){let site=0${names};\n${body}\n}`;
}

const DECODERS: Readonly<Record<string, (type: ValueType, text: string, pool: Pool) => string>> = {
  list: (type, text, pool) =>
    type.kind === "list" ? `decodeList(${text},${pool.add(cellDecoder(type.element))})` : text,
  int: (_type, text) => `decodeInt(${text})`,
  bool: (_type, text) => `decodeBoolean(${text})`,
  date: (_type, text) => `decodeDate(${text})`,
  timestamp: (type, text) => `decodeTimestamp(${text},${type.kind === "timestamp" ? type.digits : 0})`,
  decimal: (type, text) =>
    type.kind === "decimal" ? `decodeDecimal(${text},${type.scale},${type.precision - type.scale})` : text,
};

function decodeLine(column: Column, index: number, { pool }: Program): string {
  const type = valueTypeOf(column.type);
  const refuse = `return ${-1 - index};`;
  const text = `x${index}`;
  const cell = `c${index}`;
  const required = column.required === true;
  if (type.kind === "string") {
    return required
      ? `const ${cell}=row[${index}];if(${cell}==null||!${cell}.isWellFormed())${refuse}`
      : `const ${cell}=row[${index}]??null;if(${cell}!==null&&!${cell}.isWellFormed())${refuse}`;
  }
  const decode = DECODERS[type.kind]?.(type, text, pool) ?? "undefined";
  if (required)
    return `const ${text}=row[${index}];if(${text}==null)${refuse}const ${cell}=${decode};if(${cell}===undefined)${refuse}`;
  return `const ${text}=row[${index}]??null;let ${cell}=null;if(${text}!==null&&(${cell}=${decode})===undefined)${refuse}`;
}

function ruleLine({ source, node }: CheckedSource, index: number, program: Program): string {
  const code = emitDecided(node, newEmitter(source, program));
  if (!node.mayFail && !node.nullable) return `if(${code})V[${index}]=0;else{n++;V[${index}]=1}`;
  program.temporaries = Math.max(program.temporaries, 1);
  return `t0=${code};if(t0===true)V[${index}]=0;else{n++;if(t0===false)V[${index}]=1;else{S[${index}]=site;V[${index}]=G[site]}}`;
}

function forgetting(texts: readonly string[]): string {
  return texts.length === 0 ? "" : `${texts.join("=")}=undefined;\n`;
}

/** Names for the texts of values that more than one output writes, where making a text takes time. */
function textNames(outputs: readonly (readonly CheckedSource[])[]): ReadonlyMap<string, string> {
  const times = new Map<string, number>();
  for (const output of outputs)
    for (const slot of new Set(output.map(slotName))) if (slot) times.set(slot, (times.get(slot) ?? 0) + 1);
  const often = [...times].filter(([, count]) => count > 1);
  return new Map(often.map(([slot], index) => [slot, `Y${index}`]));
}

const WRITTEN_KINDS: ReadonlySet<string> = new Set(["decimal", "timestamp", "duration"]);

/** What names a value that is only read. */
function slotName({ node }: CheckedSource): string | undefined {
  const { slot } = node.kind === "read" ? node : {};
  const isColumn = slot?.from === "column" || slot?.from === "field";
  return slot && isColumn && WRITTEN_KINDS.has(node.type.kind) ? `${slot.from} ${slot.index}` : undefined;
}

interface OutputPlace {
  readonly index: number;
  readonly columns: readonly Column[];
  /** What `evaluate` leaves, in this order. */
  readonly shared: readonly string[];
  readonly texts: ReadonlyMap<string, string>;
}

function renderText(output: readonly CheckedSource[], place: OutputPlace, program: Program): string {
  const { index, columns, shared } = place;
  const reads = [...new Set(output.flatMap(({ node }) => namesRead(node, columns)))];
  const lines = [
    `const O=new Array(${output.length})${reads.map((name) => `,${name}=H[${shared.indexOf(name)}]`).join("")};`,
    ...output.map((column, at) => onlyWhere(column, "O", at, renderLine(column, at, place, program))),
    "return O;",
  ];
  return functionText(`render${index}`, ["p0", "p1", "p2"], lines.join("\n"), program);
}

function renderLine(column: CheckedSource, at: number, { texts }: OutputPlace, program: Program): string {
  const { source, node } = column;
  const target = `O[${at}]`;
  const kept = texts.get(slotName(column) ?? "");
  const once = (text: string): string => (kept === undefined ? text : `(${kept}??=${text})`);
  const { slot } = node.kind === "read" ? node : {};
  if (slot?.from === "column" && node.type.kind === "decimal") {
    const text = once(`decimalTextOf(x${slot.index},c${slot.index},${node.type.scale})`);
    return `${target}=${node.nullable ? `c${slot.index}===null?null:${text}` : text};`;
  }
  const emitter = newEmitter(source, program);
  const code = emit(node, emitter);
  program.temporaries = Math.max(program.temporaries, 1);
  const failed = node.mayFail ? `if(t0===undefined)return -1-${at}-site*${MAX_OUTPUT_COLUMNS};` : "";
  const text = once(textCode(node.type)(["t0"], program.pool));
  return `t0=${code};${failed}${target}=${node.nullable ? `t0===null?null:${text}` : text};`;
}

/** A value that is not computed cannot fail. */
function onlyWhere({ only }: CheckedSource, texts: string, at: number, line: string): string {
  return only ? `if(${texts}[${only.slot}]===${JSON.stringify(only.is)}){${line}}else ${texts}[${at}]=null;` : line;
}

/** Generated names an output column needs from `evaluate`. */
function namesRead(node: Node, columns: readonly Column[]): readonly string[] {
  return readsOf(node).flatMap(({ from, index, mayFail }) => {
    if (from === "field" || from === "lookup" || from === "record") return variablesOf({ from, index, mayFail });
    if (from !== "column") return [];
    const isDecimal = valueTypeOf(columns[index]?.type ?? "String").kind === "decimal";
    return isDecimal ? [`c${index}`, `x${index}`] : [`c${index}`];
  });
}
