/** Owns what a lane makes of the records of each section: bytes of a file, or records for an output that is split. */
import type { Definition } from "@openreg/crds";
import type { RunValues } from "@openreg/language";
import type { Row } from "../connectors/connector.ts";
import { StepError } from "../errors.ts";
import type { ByteSink } from "../formats/byte-sink.ts";
import { type Batch, type Format, type OutputColumn, type Section, ValueRefused } from "../formats/format.ts";
import { newFormat } from "../formats/registry.ts";
import { type Companions, companionColumns, companionsOf } from "../output-companions.ts";
import { runParametersOf } from "../run-parameters.ts";
import type { LaneSection, RefusedRow, SectionPart } from "./lane.ts";

type Output = Definition["outputs"][number];

/** The columns of all sections of all outputs, companions behind them. */
export type OutputColumns = readonly (readonly (readonly OutputColumn[])[])[];

/** What writers are made from. */
export interface WriterSource {
  readonly definition: Definition;
  readonly values: RunValues;
  /** Names of what is not shown. */
  readonly personal: ReadonlySet<string>;
  readonly outputs: OutputColumns;
  /** True when other threads read the bytes. */
  readonly isShared: boolean;
}

/** What a section is written with. */
export interface SectionWriter {
  /** True when it must be told how many records stand before. */
  readonly isPlaced: boolean;
  /** Begins with the records of a piece, whose bytes go into the sink. */
  begin(sink: ByteSink): RecordWriter;
}

/** Takes the records of a piece. */
export interface RecordWriter {
  /** The texts may change afterwards. */
  add(texts: Row, row: number): void;
  end(first: number): SectionPart;
}

/** The format of an output, for its sections without companions. Throws StepError `PlanInvalid`. */
export function formatOf(output: Output, columns: readonly (readonly OutputColumn[])[], source: FormatSource): Format {
  const { definition, values } = source;
  const behind = companionColumns(output, definition).length;
  const written = columns.map((one) => one.slice(0, one.length - behind));
  return newFormat(output, written, { run: values, runParameters: runParametersOf(definition) });
}

/** What formats are made from. */
export type FormatSource = Pick<WriterSource, "definition" | "values">;

/** The writers of the sections of a lane. */
export function newSectionWriters(sections: readonly LaneSection[], source: WriterSource): readonly SectionWriter[] {
  const { definition, personal, outputs } = source;
  const formats = new Map<number, Format>();
  return sections.map(({ output: index, section: place }) => {
    const output = definition.outputs[index];
    if (!output) throw new StepError("InternalError", `there is no output ${index}`);
    if (output.split) return recordWriters;
    const format = formats.get(index) ?? formatOf(output, outputs[index] ?? [], source);
    formats.set(index, format);
    const section = format.sections[place];
    if (!section) throw new StepError("InternalError", `output ${output.name} has no section ${place}`);
    const companions = companionsOf(output, definition, (name) => personal.has(name));
    return newSectionWriter({ output, section, companions });
  });
}

/** Of a split output the records are wanted: which part each goes into is not known here. */
const recordWriters: SectionWriter = {
  isPlaced: false,
  begin: () => {
    const records: Row[] = [];
    const sourceRows: number[] = [];
    return {
      add: (texts, row) => {
        records.push(texts.slice());
        sourceRows.push(row);
      },
      end: () => ({
        ...{ records: records.length, first: undefined, chunks: [], rows: { records, sourceRows } },
        ...{ keys: undefined, refused: undefined },
      }),
    };
  },
};

interface WrittenSection {
  readonly output: Output;
  readonly section: Section;
  readonly companions: Companions;
}

function newSectionWriter(written: WrittenSection): SectionWriter {
  const { isPlaced } = written.section;
  return {
    isPlaced,
    begin: (sink) =>
      isPlaced ? new PlacedRecords(written, sink) : new RenderedRecords(written, written.section.begin(0, sink)),
  };
}

/** Makes bytes of records as they come. */
class RenderedRecords implements RecordWriter {
  readonly #written: WrittenSection;
  readonly #batch: Batch;
  readonly #keys: string[] | undefined;
  #records = 0;
  #refused: RefusedRow | undefined;

  constructor(written: WrittenSection, batch: Batch) {
    this.#written = written;
    this.#batch = batch;
    this.#keys = written.output.xml?.schema ? [] : undefined;
  }

  add(texts: Row, row: number): void {
    if (this.#refused) return;
    try {
      this.#batch.add(texts);
      this.#keys?.push(this.#written.companions.shownKey(texts));
      this.#records += 1;
    } catch (error) {
      if (!(error instanceof ValueRefused)) throw error;
      this.#refused = { row, error: refusedValue(this.#written.output.name, error, row) };
    }
  }

  end(first: number): SectionPart {
    const chunks = this.#refused ? [] : this.#batch.end();
    return {
      records: this.#records,
      first: this.#written.section.isPlaced ? first : undefined,
      ...{ chunks, rows: undefined, keys: this.#keys, refused: this.#refused },
    };
  }
}

/** Keeps records until it is known how many stand before them. */
class PlacedRecords implements RecordWriter {
  readonly #written: WrittenSection;
  readonly #sink: ByteSink;
  readonly #records: Row[] = [];
  readonly #rows: number[] = [];

  constructor(written: WrittenSection, sink: ByteSink) {
    this.#written = written;
    this.#sink = sink;
  }

  add(texts: Row, row: number): void {
    this.#records.push(texts.slice());
    this.#rows.push(row);
  }

  end(first: number): SectionPart {
    const rendered = new RenderedRecords(this.#written, this.#written.section.begin(first, this.#sink));
    for (const [index, record] of this.#records.entries()) rendered.add(record, this.#rows[index] ?? 0);
    return rendered.end(first);
  }
}

/** What an output says of a value that its file cannot hold. */
export function refusedValue(output: string, cause: ValueRefused, row: number | undefined): StepError {
  const where = `output ${output}, column ${cause.header}, source row ${row}`;
  return new StepError("OutputValueInvalid", `${where}: the value ${cause.message}`, {
    cause,
    step: "GeneratingArtifacts",
  });
}
