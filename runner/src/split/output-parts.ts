/** Owns the files of an output that is split: each part is a file of its own, ended before the next one begins. */
import type { Definition } from "@openreg/crds";
import type { PartValues } from "@openreg/language";
import type { Row } from "../connectors/connector.ts";
import { StepError } from "../errors.ts";
import { type Format, ValueRefused } from "../formats/format.ts";
import type { OutputFile } from "../output-file.ts";
import { measure, measureAround } from "./measure.ts";
import { SplitImpossible, Splitter } from "./splitter.ts";

/** Most parts of an output: each is a file with its own entry in the ledger, and a limit that makes more is a slip. */
export const mostParts = 1000;

/** How an output is split. */
export type SplitSettings = NonNullable<Definition["outputs"][number]["split"]>;

/** Records of one piece, with what the splitter has to know of each. */
export interface SplitRecords {
  readonly records: readonly Row[];
  /** The number of the source row of each record. */
  readonly sourceRows: readonly number[];
  /** The values of `split.by` of each record as one text. */
  readonly by?: readonly string[] | undefined;
  /** The record key of each record as one text. */
  readonly keys?: readonly string[] | undefined;
}

/** A part that was written, unseen until its file is committed. */
export interface WrittenPart {
  readonly number: number;
  readonly records: number;
  readonly sequence: string;
  /** The only receiver it is for, where that numbers its files. */
  readonly destination?: string | undefined;
  readonly file: OutputFile;
}

/** What parts are made from. */
export interface OutputPartsOptions {
  readonly output: string;
  readonly split: SplitSettings;
  readonly format: Format;
  readonly newFile: () => Promise<OutputFile>;
  /** The number of a part from a sequence, as text; empty without one. Asked once, when the part begins. */
  readonly sequenceOf: (part: number) => Promise<string>;
}

/** Writes one output into as many files as its limits ask for; without records there is none. */
export class OutputParts {
  readonly #options: OutputPartsOptions;
  readonly #splitter: Splitter<SplitRecords>;
  readonly #parts: { number: number; records: number; sequence: string; file: OutputFile }[] = [];

  /** Throws StepError `PlanInvalid` for an output that cannot be split, or when an empty part is too large already. */
  constructor(options: OutputPartsOptions) {
    this.#options = options;
    const { split, format, output } = options;
    if (format.sections.length !== 1)
      throw new StepError("PlanInvalid", `output ${output} has several sheets and cannot be split; leave split out`);
    const maxBytes = split.maxSizeBytes;
    const bytesAround = maxBytes === undefined ? 0 : measureAround(format, split.measured, "0".repeat(20));
    if (maxBytes !== undefined && bytesAround >= maxBytes)
      throw new StepError(
        "PlanInvalid",
        `output ${output}: split.maxSize is ${maxBytes} bytes, and what stands around the records may take ${bytesAround}; raise it`,
      );
    this.#splitter = new Splitter({ maxRecords: split.maxRecords, maxBytes, bytesAround });
  }

  /** The parts so far. */
  get parts(): readonly WrittenPart[] {
    return this.#parts;
  }

  /** Records that were written, of all parts. */
  get records(): number {
    return this.#parts.reduce((sum, { records }) => sum + records, 0);
  }

  /**
   * Writes records. Throws StepError `OutputValueInvalid` for a value that the file, and records that no part can hold, and
   * `TooManyParts` before anything of a piece is written that begins one part too many.
   */
  async write(piece: SplitRecords): Promise<void> {
    const sizeOf = (from: number, to: number) => this.#sizeOf(piece, from, to);
    const { by, keys } = piece;
    const segments = this.#cut(() =>
      this.#splitter.push({
        piece,
        count: piece.records.length,
        sizeOf,
        byOf: by && ((record) => by[record] ?? ""),
        keyOf: keys && ((record) => keys[record] ?? ""),
      }),
    );
    await this.#writeAll(segments);
  }

  /** Writes what waited, and ends the last part; with `isNeverEmpty` there is one even without records. */
  async end(isNeverEmpty = false): Promise<void> {
    await this.#writeAll(this.#cut(() => this.#splitter.end()));
    if (isNeverEmpty && this.#parts.length === 0) await this.#beginPart(1);
    await this.#endLast();
  }

  /** Removes what was written. May be called at any time, also twice. */
  async abort(): Promise<void> {
    await Promise.all(this.#parts.map(({ file }) => file.abort()));
  }

  async #writeAll(segments: ReturnType<Splitter<SplitRecords>["push"]>): Promise<void> {
    const beyond = segments.find(({ part }) => part > mostParts);
    if (beyond) throw this.#tooMany(beyond.piece.sourceRows[beyond.from]);
    for (const { piece, from, to, part } of segments) {
      if (part > this.#parts.length) await this.#beginPart(part);
      const open = this.#parts.at(-1);
      if (!open) continue;
      const isWhole = from === 0 && to === piece.records.length;
      const records = isWhole ? piece.records : piece.records.slice(from, to);
      await open.file.write(0, records).catch((error: unknown) => {
        throw this.#placed(error, piece, from);
      });
      open.records += to - from;
    }
  }

  async #beginPart(number: number): Promise<void> {
    await this.#endLast();
    const sequence = await this.#options.sequenceOf(number);
    const file = await this.#options.newFile();
    this.#parts.push({ number, records: 0, sequence, file });
    await file.begin(valuesOf({ number, records: 0, sequence }));
  }

  async #endLast(): Promise<void> {
    const last = this.#parts.at(-1);
    if (last) await last.file.end(valuesOf(last));
  }

  #cut<T>(act: () => T): T {
    try {
      return act();
    } catch (error) {
      throw error instanceof SplitImpossible ? this.#impossible(error) : error;
    }
  }

  #sizeOf(piece: SplitRecords, from: number, to: number): number {
    const { split, format } = this.#options;
    try {
      return measure(format.sections[0]?.render(piece.records.slice(from, to), 1) ?? [], split.measured);
    } catch (error) {
      throw this.#placed(error, piece, from);
    }
  }

  /** A refused value is known by its place in what was rendered; its source row is what helps. */
  #placed(cause: unknown, { sourceRows }: SplitRecords, from: number): unknown {
    if (!(cause instanceof ValueRefused)) return cause;
    const where = `output ${this.#options.output}, column ${cause.header}, source row ${sourceRows[from + cause.record]}`;
    return new StepError("OutputValueInvalid", `${where}: the value ${cause.message}`, {
      cause,
      step: "GeneratingArtifacts",
    });
  }

  #tooMany(row: number | undefined): StepError {
    const { output } = this.#options;
    const message = `output ${output}, source row ${row}: here part ${mostParts + 1} would begin, and an output may have ${mostParts}; raise split.maxRecords or split.maxSize, split by columns of fewer values, or select fewer rows`;
    return new StepError("TooManyParts", message, { step: "GeneratingArtifacts" });
  }

  #impossible(cause: SplitImpossible<SplitRecords>): StepError {
    const where = `output ${this.#options.output}, source row ${cause.piece.sourceRows[cause.record]}`;
    return new StepError("OutputValueInvalid", `${where}: ${cause.message}`, { cause, step: "GeneratingArtifacts" });
  }
}

function valuesOf({ number, records, sequence }: PartValues): PartValues {
  return { number, records, sequence };
}
