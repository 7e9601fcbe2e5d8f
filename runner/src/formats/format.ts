/**
 * Owns the interface of a format: what turns records into the bytes of a file.
 * Rendering is a pure function of records and their place, so that lanes can do it in any order; only putting the file
 * together goes in order, and costs next to nothing.
 */
import type { OutputColumn as LanguageColumn, PartValues, ValueType } from "@openreg/language";
import type { Row } from "../connectors/connector.ts";
import type { ByteSink } from "./byte-sink.ts";
import type { RunTexts } from "./run-texts.ts";

/** A column of an output. Its texts have the default form of its type: `12.50`, `true`, `2026-01-31`, `2026-01-31T12:00:00.000Z`. */
export interface OutputColumn {
  readonly header: string;
  readonly type: ValueType;
}

/** The columns of one section as a definition writes them; `from` is the input, without `columns` all of its columns and fields. */
export interface SectionSource {
  readonly from: string;
  readonly columns: readonly SectionColumn[] | undefined;
  /** True when columns may be lists; their texts are JSON arrays of the elements' texts. */
  readonly takesLists?: boolean;
}

/** A column as a definition writes it. */
export interface SectionColumn extends LanguageColumn {
  /** What messages call it. */
  readonly header: string;
}

/** Rendered bytes, ready to be moved between threads. */
export interface Chunk {
  readonly bytes: Uint8Array;
  /** For formats that compress: what the bytes stand for, and on which sheet of its section it belongs. */
  readonly compressed?: { readonly sheet: number; readonly crc32: number; readonly sizeBytes: number };
}

/** Records of one stream: the whole file for most formats, one sheet of a workbook. */
export interface Section {
  /** True when the bytes of records depend on how many stand before them. */
  readonly isPlaced: boolean;
  /** Begins to render some records, of which `first` stand before them in this file. */
  begin(first: number, sink: ByteSink): Batch;
  /** The bytes of some records, of which `first` stand before them in this file. Pure. Throws ValueRefused for a value that the file cannot hold. */
  render(records: readonly Row[], first: number): readonly Chunk[];
}

/** Records that are rendered together. */
export interface Batch {
  /** Renders a record, which the caller may change afterwards. Throws ValueRefused for a value that the file cannot hold. */
  add(record: Row): void;
  /** The bytes of all records, in the sink. */
  end(): readonly Chunk[];
}

/** Puts chunks together, in the order of the records. */
export interface SectionAssembly {
  add(chunks: readonly Chunk[]): readonly Uint8Array[];
  /** What stands after the last record of the section. */
  end(): readonly Uint8Array[];
}

/** Puts one file together: `begin`, then each section whole and in order, then `end`. Deterministic. */
export interface FileAssembly {
  /** What stands before the first record. `part.records` is known here only when all records came before. */
  begin(part: PartValues): readonly Uint8Array[];
  readonly sections: readonly SectionAssembly[];
  /** What stands after the last section; `part.records` counts what was written. */
  end(part: PartValues): readonly Uint8Array[];
}

/** A format made for one output. Each lane has its own, and each file (part) its own assembly. */
export interface Format {
  readonly sections: readonly Section[];
  /** True when `begin` shows part.records: then it is asked for after the last record, and written before the first. */
  readonly showsCountFirst?: boolean;
  newFile(): FileAssembly;
}

/** What the registry knows of a format: where its columns are in the settings, and how it is made from them. */
export interface FormatKind<Settings> {
  sections(settings: Settings, from: string): readonly SectionSource[];
  /** Makes it for the columns of each section. Throws StepError `PlanInvalid` for settings that make no file. */
  newFormat(settings: Settings, columns: readonly (readonly OutputColumn[])[], texts: RunTexts): Format;
}

/** What stands before or after the records of a part. */
export type Surroundings = (part: PartValues) => Uint8Array;

/** A file of one section whose parts follow each other without more ado. */
export function plainFile(begin: Surroundings, end: Surroundings): FileAssembly {
  const section = { add: (chunks: readonly Chunk[]) => chunks.map(({ bytes }) => bytes), end: () => [] };
  return { begin: (part) => [begin(part)], sections: [section], end: (part) => [end(part)] };
}

/** Thrown for a value that a format refuses; the caller knows which row of the source it came from. */
export class ValueRefused extends Error {
  /** Index of the record in its batch. */
  readonly record: number;
  readonly header: string;

  constructor(record: number, header: string, reason: string) {
    super(reason);
    this.name = "ValueRefused";
    this.record = record;
    this.header = header;
  }
}
