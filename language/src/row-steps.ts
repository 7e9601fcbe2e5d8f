/** Writes what is computed before rules and outputs: fields and lookups in their order, then the record. */
import { emit, newEmitter, type Program } from "./emit.ts";
import { textCode } from "./functions/conversions.ts";
import type { LookupSource } from "./lookup.ts";
import { readsOf } from "./reads.ts";
import type { CheckedRow, CheckedSource, RowSource } from "./row-check.ts";

interface Steps {
  readonly finders: readonly string[];
  readonly program: Program;
}

/** One line per field that is read, and one per lookup: whether it matches is a result by itself. */
export function stepLines({ lookups = [] }: RowSource, checked: CheckedRow, { finders, program }: Steps): string[] {
  const used = usedFields(checked);
  const lines: string[] = [];
  let written = 0;
  let slot = 0;
  const fieldsUntil = (end: number): void => {
    for (; written < end; written++)
      if (used.has(written)) lines.push(fieldLine(checked.fields[written] as CheckedSource, written, program));
  };
  for (const [index, lookup] of lookups.entries()) {
    fieldsUntil(Math.max(written, lookup.afterFields ?? 0));
    const keys = checked.lookups[index] ?? [];
    lines.push(lookupLine({ lookup, keys, index, slot, finder: finders[index] ?? "" }, program));
    slot += lookup.values.length + 1;
  }
  fieldsUntil(checked.fields.length);
  return lines;
}

/** The record's values. */
export function recordLines({ record }: CheckedRow, program: Program): string[] {
  if (!record) return [];
  const key = record.key.map(({ source, node }) => {
    const code = emit(node, newEmitter(source, program));
    return node.nullable || node.mayFail
      ? `((t0=${code})==null?"":${textCode(node.type)(["t0"], program.pool)})`
      : text(node, code, program);
  });
  program.temporaries = Math.max(program.temporaries, 1);
  const { source, node } = record.action;
  const action = emit(node, newEmitter(source, program));
  return [`const d0=${key.join('+"|"+') || '""'};`, `const d1=${action},y1=site;`];
}

function text(node: CheckedSource["node"], code: string, { pool }: Program): string {
  return textCode(node.type)([code], pool);
}

function fieldLine({ source, node }: CheckedSource, index: number, program: Program): string {
  const code = emit(node, newEmitter(source, program));
  return node.mayFail ? `const f${index}=${code},s${index}=site;` : `const f${index}=${code};`;
}

interface LookupStep {
  readonly lookup: LookupSource;
  readonly keys: readonly CheckedSource[];
  readonly index: number;
  /** Slot of the match; its values follow. */
  readonly slot: number;
  readonly finder: string;
}

/** `h` are the texts of the keys, `w` is what was found: cells, null for nothing, undefined when a key failed. */
function lookupLine({ lookup, keys, index, slot, finder }: LookupStep, program: Program): string {
  program.temporaries = Math.max(program.temporaries, 1);
  const names = keys.map((_, key) => `h${index}_${key}`);
  const texts = keys.map(({ source, node }, key) => {
    const code = emit(node, newEmitter(source, program));
    return `const ${names[key]}=(t0=${code})==null?t0:${textCode(node.type)(["t0"], program.pool)};`;
  });
  const failed = keys.flatMap(({ node }, key) => (node.mayFail ? [`${names[key]}===undefined`] : []));
  const absent = keys.flatMap(({ node }, key) => (node.nullable ? [`${names[key]}===null`] : []));
  const found = `w${index}`;
  const guards = [
    ...(failed.length > 0 ? [`${failed.join("||")}?undefined:`] : []),
    ...(absent.length > 0 ? [`${absent.join("||")}?null:`] : []),
  ];
  const values = lookup.values.map((_, value) => cellLine(slot + value + 1, `${found}[${value}]`, found));
  return [
    ...texts,
    `const ${found}=${guards.join("")}${finder}([${names.join(",")}]);`,
    `M[${index}]=${found}===undefined?2:${found}===null?1:0;N[${index}]=site;`,
    cellLine(slot, "true", found),
    ...values,
  ].join("");
}

function cellLine(slot: number, value: string, found: string): string {
  return `const l${slot}=${found}==null?${found}:${value},z${slot}=site;`;
}

/** Indexes of the fields that are read, directly or through other fields. */
function usedFields({ fields, lookups, record, rules, outputs }: CheckedRow): ReadonlySet<number> {
  const used = new Set<number>();
  const visit = ({ node }: CheckedSource): void => {
    for (const { from, index } of readsOf(node)) {
      if (from !== "field" || used.has(index)) continue;
      used.add(index);
      visit(fields[index] as CheckedSource);
    }
  };
  for (const checked of [...lookups.flat(), ...(record ? [...record.key, record.action] : [])]) visit(checked);
  for (const checked of [...rules, ...outputs.flat()]) visit(checked);
  return used;
}
