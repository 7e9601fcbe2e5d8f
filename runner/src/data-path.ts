/** Owns the one pass over the rows: kept, checked, computed and written at once; steps are barriers on it. */
import type { Definition } from "@openreg/crds";
import { StepError } from "./errors.ts";
import type { OutputFiles } from "./output-files.ts";
import { type Finding, FindingCounter, type FindingCounts } from "./rows/finding.ts";
import type { InputPass, JudgedPiece, StartedPiece } from "./rows/input-pass.ts";
import type { SectionPart } from "./rows/lane.ts";
import type { Totals } from "./rules/totals.ts";
import type { LineWriter } from "./store/lines.ts";

/** One output being written, unseen until its run may publish. */
export interface PreparedOutput {
  readonly output: Definition["outputs"][number];
  readonly files: OutputFiles;
}

/** What flows where. Nothing of it is visible before a step publishes it. */
export interface DataPathParts {
  /** Inputs in the order in which they pass. */
  readonly passes: readonly InputPass[];
  readonly totals: Totals;
  readonly findings: LineWriter;
  readonly exceptions: LineWriter;
  readonly outputs: readonly PreparedOutput[];
  readonly signal: AbortSignal;
  readonly onPiece: (counts: RowCounts, findings: FindingCounts) => Promise<void>;
}

/** Rows of the record's input so far, and records written. */
export interface RowCounts {
  readonly fetched: number;
  readonly excluded: number;
  readonly written: number;
}

/** The pass over the rows. */
export class DataPath {
  readonly parts: DataPathParts;
  /** All findings, and those of rules about what came in. */
  readonly found = new FindingCounter();
  readonly foundEarly = new FindingCounter();
  #rows = { fetched: 0, excluded: 0, written: 0 };
  readonly #blockingIds = new Set<string>();
  #refused: StepError | undefined;

  constructor(parts: DataPathParts) {
    this.parts = parts;
  }

  /** Passes all rows. Resolves when the last one has been kept, checked and written; any error has removed nothing yet. */
  async run(): Promise<void> {
    for (const { files } of this.parts.outputs) await files.begin();
    for (const pass of this.parts.passes) await this.#pass(pass);
    this.parts.signal.throwIfAborted();
    await this.#keepFindings(this.parts.totals.findings());
    if (this.#writes) await this.#end();
  }

  get rows(): RowCounts {
    return { ...this.#rows };
  }

  get counts(): FindingCounts {
    return this.found.counts();
  }

  /** Ids of the rules that have blocking findings. */
  get blockingIds(): ReadonlySet<string> {
    return this.#blockingIds;
  }

  /** The first value that an output could not hold: an error of GeneratingArtifacts, when the rules let the run get there. */
  get refused(): StepError | undefined {
    return this.#refused;
  }

  /** Removes everything that was prepared and not published. */
  async discard(): Promise<void> {
    const { passes, findings, exceptions } = this.parts;
    await Promise.all(passes.map(({ parts }) => parts.close()));
    await Promise.all([...passes.map(({ parts }) => parts.snapshot), findings, exceptions].map((one) => one?.abort()));
    await this.discardOutputs();
  }

  /** Removes the prepared outputs only: what a failed decision of the rules does. */
  async discardOutputs(): Promise<void> {
    await Promise.all(this.parts.outputs.map(({ files }) => files.abort()));
  }

  /** Keeps as many pieces under way as there is credit for; what they come to is taken in their order. */
  async #pass(pass: InputPass): Promise<void> {
    const { pieces, snapshot, credit } = pass.parts;
    const started: StartedPiece[] = [];
    let bytes = 0;
    const finish = async (): Promise<void> => {
      const first = started.shift();
      if (!first) return;
      bytes -= first.work.piece.bytes.length;
      await this.#finish(pass, first);
    };
    for await (const piece of pieces) {
      this.parts.signal.throwIfAborted();
      await snapshot?.write(piece);
      started.push(pass.start(piece, this.#writes));
      bytes += piece.bytes.length;
      while (started.length > credit.pieces || (bytes > credit.bytes && started.length > 1)) await finish();
    }
    while (started.length > 0) await finish();
    await pass.parts.close();
  }

  async #finish(pass: InputPass, started: StartedPiece): Promise<void> {
    const { isRecord } = pass.parts;
    const { length } = started.work.piece;
    const judged = await pass.judge(started);
    this.parts.signal.throwIfAborted();
    if (isRecord) this.#rows.fetched += length;
    await this.#keep(judged, isRecord);
    this.#refused ??= judged.refused?.error;
    if (this.#writes) await this.#write(pass, judged.sections);
    judged.release();
    await this.parts.onPiece(this.rows, this.counts);
  }

  /** Ends the files; one that nobody wants without records is not made whole, since it may not even fit its schema. */
  async #end(): Promise<void> {
    for (const { output, files } of this.parts.outputs) {
      const isUnwanted = files.records === 0 && (output.whenEmpty === "Fail" || output.whenEmpty === "Skip");
      if (isUnwanted) await files.abort();
      else this.#refused ??= await refusedBy(() => files.end());
    }
  }

  /** After a Blocking finding or a refused value nothing will be published, so nothing more is rendered. */
  get #writes(): boolean {
    return this.#refused === undefined && !this.found.hasBlocking;
  }

  async #keep({ findings, exceptions }: JudgedPiece, isRecord: boolean): Promise<void> {
    await this.#keepFindings(findings);
    if (exceptions.length > 0) await this.parts.exceptions.write(linesOf(exceptions));
    if (isRecord) this.#rows.excluded += exceptions.length;
  }

  async #keepFindings(findings: readonly Finding[]): Promise<void> {
    for (const finding of findings) {
      this.found.add(finding);
      if (finding.severity === "Blocking") this.#blockingIds.add(finding.rule);
      if (!finding.phase) this.foundEarly.add(finding);
    }
    if (findings.length > 0) await this.parts.findings.write(linesOf(findings));
  }

  async #write({ parts: { lane } }: InputPass, sections: readonly SectionPart[]): Promise<void> {
    for (const [index, { output, section }] of lane.sections.entries()) {
      const prepared = this.parts.outputs[output];
      const records = sections[index];
      if (!prepared || !records) continue;
      this.#refused = await refusedBy(() => prepared.files.write(section, records));
      if (this.#refused) return;
      this.#rows.written += records.records;
    }
  }
}

/** Ends of a run that say something of an output. */
const outputCodes: readonly string[] = ["OutputValueInvalid", "DocumentInvalid", "TooManyParts"];

/** Answers the error of an output that cannot hold something; the rules come first, so it has to wait. */
async function refusedBy(act: () => Promise<void>): Promise<StepError | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    const isOfOutput = error instanceof StepError && outputCodes.includes(error.code);
    if (isOfOutput) return error;
    throw error;
  }
}

function linesOf(values: readonly unknown[]): string {
  let text = "";
  for (const value of values) text += `${JSON.stringify(value)}\n`;
  return text;
}
