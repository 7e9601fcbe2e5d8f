/** Owns the one pass over the rows: kept, checked, computed and written at once; steps are barriers on it. */
import type { Definition } from "@openreg/crds";
import type { Piece } from "./connectors/connector.ts";
import type { StepError } from "./errors.ts";
import { FindingCounter, type FindingCounts } from "./rows/finding.ts";
import type { Lane, PieceResult } from "./rows/lane.ts";
import type { SnapshotWriter } from "./rows/snapshot.ts";
import type { LineWriter } from "./store/lines.ts";
import type { StoreWriter } from "./store/store.ts";

/** One output being written, unseen until its run may publish. */
export interface PreparedOutput {
  readonly output: Definition["outputs"][number];
  readonly writer: StoreWriter;
  records: number;
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
    await this.#writeEach(this.parts.lane.begin());
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
    await this.#writeEach(this.parts.lane.end());
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
    await Promise.all(
      [snapshot, findings, exceptions, ...outputs.map(({ writer }) => writer)].map((one) => one?.abort()),
    );
  }

  /** Removes the prepared outputs only: what a failed decision of the rules does. */
  async discardOutputs(): Promise<void> {
    await Promise.all(this.parts.outputs.map(({ writer }) => writer.abort()));
  }

  /** After a Blocking finding or a refused value nothing will be published, so nothing more is written. */
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
      const { bytes, records } = result.outputs[index] ?? { bytes: new Uint8Array(), records: 0 };
      await prepared.writer.write(bytes);
      prepared.records += records;
      this.#rows.written += records;
    }
  }

  async #writeEach(parts: readonly Uint8Array[]): Promise<void> {
    for (const [index, { writer }] of this.parts.outputs.entries())
      await writer.write(parts[index] ?? new Uint8Array());
  }
}

function linesOf(values: readonly unknown[]): string {
  let text = "";
  for (const value of values) text += `${JSON.stringify(value)}\n`;
  return text;
}
