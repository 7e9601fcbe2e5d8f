/** Owns the one pass over the rows: kept, checked, computed and written at once; steps are barriers on it. */
import type { Definition } from "@openreg/crds";
import type { Piece } from "./connectors/connector.ts";
import { StepError } from "./errors.ts";
import { ValueRefused } from "./formats/format.ts";
import type { OutputFile } from "./output-file.ts";
import { FindingCounter, type FindingCounts } from "./rows/finding.ts";
import type { Lane, PieceResult, SectionRecords } from "./rows/lane.ts";
import type { SnapshotWriter } from "./rows/snapshot.ts";
import type { LineWriter } from "./store/lines.ts";

/** One output being written, unseen until its run may publish. */
export interface PreparedOutput {
  readonly output: Definition["outputs"][number];
  readonly file: OutputFile;
}

/** What flows where. Nothing of it is visible before a step publishes it. */
export interface DataPathParts {
  readonly pieces: AsyncIterable<Piece>;
  readonly lane: Lane;
  /** Not there when the rows come from a snapshot. */
  readonly snapshot: SnapshotWriter | undefined;
  readonly findings: LineWriter;
  readonly exceptions: LineWriter;
  readonly outputs: readonly PreparedOutput[];
  readonly signal: AbortSignal;
  readonly onPiece: (counts: RowCounts, findings: FindingCounts) => Promise<void>;
}

/** Rows so far. */
export interface RowCounts {
  readonly fetched: number;
  readonly excluded: number;
  readonly written: number;
}

/** The pass over the rows. */
export class DataPath {
  readonly parts: DataPathParts;
  readonly #counter = new FindingCounter();
  #rows = { fetched: 0, excluded: 0, written: 0 };
  #refused: StepError | undefined;

  constructor(parts: DataPathParts) {
    this.parts = parts;
  }

  /** Passes all rows. Resolves when the last one has been kept, checked and written; any error has removed nothing yet. */
  async run(): Promise<void> {
    for (const { file } of this.parts.outputs) await file.begin(partOf(file));
    for await (const piece of this.parts.pieces) {
      this.parts.signal.throwIfAborted();
      await this.parts.snapshot?.write(piece);
      const result = await this.parts.lane.run(piece, this.#rows.fetched + 1);
      this.#rows.fetched += piece.length;
      await this.#keep(result);
      this.#refused ??= result.refused;
      if (this.#writes) await this.#write(result);
      await this.parts.onPiece(this.rows, this.counts);
    }
    this.parts.signal.throwIfAborted();
    for (const { file } of this.parts.outputs) await file.end(partOf(file));
  }

  get rows(): RowCounts {
    return { ...this.#rows };
  }

  get counts(): FindingCounts {
    return this.#counter.counts();
  }

  /** The first value that an output could not hold: an error of GeneratingArtifacts, when the rules let the run get there. */
  get refused(): StepError | undefined {
    return this.#refused;
  }

  /** Removes everything that was prepared and not published. */
  async discard(): Promise<void> {
    const { snapshot, findings, exceptions, outputs } = this.parts;
    await Promise.all([snapshot, findings, exceptions, ...outputs.map(({ file }) => file)].map((one) => one?.abort()));
  }

  /** Removes the prepared outputs only: what a failed decision of the rules does. */
  async discardOutputs(): Promise<void> {
    await Promise.all(this.parts.outputs.map(({ file }) => file.abort()));
  }

  /** After a Blocking finding or a refused value nothing will be published, so nothing more is rendered. */
  get #writes(): boolean {
    return this.#refused === undefined && !this.#counter.hasBlocking;
  }

  async #keep({ findings, exceptions }: PieceResult): Promise<void> {
    for (const finding of findings) this.#counter.add(finding);
    if (findings.length > 0) await this.parts.findings.write(linesOf(findings));
    if (exceptions.length > 0) await this.parts.exceptions.write(linesOf(exceptions));
    this.#rows.excluded += exceptions.length;
  }

  async #write(result: PieceResult): Promise<void> {
    for (const [index, prepared] of this.parts.outputs.entries()) {
      for (const [section, records] of (result.outputs[index] ?? []).entries()) {
        this.#refused = await written(prepared, section, records);
        if (this.#refused) return;
        this.#rows.written += records.records.length;
      }
    }
  }
}

/** Writes records, and answers the error when the format cannot hold a value of them. */
async function written({ output, file }: PreparedOutput, section: number, { records, sourceRows }: SectionRecords) {
  try {
    await file.write(section, records);
    return undefined;
  } catch (error) {
    if (!(error instanceof ValueRefused)) throw error;
    const where = `output ${output.name}, column ${error.header}, source row ${sourceRows[error.record]}`;
    return new StepError("OutputValueInvalid", `${where}: the value ${error.message}`, { cause: error });
  }
}

/** Every output is one part as yet, without a number from a sequence. */
function partOf({ records }: OutputFile) {
  return { number: 1, records, sequence: "" };
}

function linesOf(values: readonly unknown[]): string {
  let text = "";
  for (const value of values) text += `${JSON.stringify(value)}\n`;
  return text;
}
