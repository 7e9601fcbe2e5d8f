/** Owns what the rows of one input come to in their order: findings of rows and across rows, rows taken out, and what is left of the records. */
import type { Piece } from "../connectors/connector.ts";
import type { Totals } from "../rules/totals.ts";
import type { UniqueRules } from "../rules/unique-rules.ts";
import type { Credit } from "./credit.ts";
import { type Exception, type Finding, newFinding } from "./finding.ts";
import type { Lane, LaneWork, PieceResult, RefusedRow, SectionPart } from "./lane.ts";
import type { SnapshotWriter } from "./snapshot.ts";

/** What a pass is made from. */
export interface InputPassParts {
  /** The input's name, and whether its rows are the records. */
  readonly input: string;
  readonly isRecord: boolean;
  readonly lane: Lane;
  readonly unique: UniqueRules;
  readonly totals: Totals;
  /** Phases of the rules that the lane's amounts belong to. */
  readonly isAmountLate: readonly boolean[];
  readonly pieces: AsyncIterable<Piece>;
  readonly credit: Credit;
  /** Not there when the rows come from a snapshot. */
  readonly snapshot: SnapshotWriter | undefined;
  /** Ends a source that was opened and will not be read, and the lanes. May be called twice. */
  readonly close: () => Promise<void>;
}

/** A piece with everything decided. */
export interface JudgedPiece {
  readonly findings: readonly Finding[];
  readonly exceptions: readonly Exception[];
  readonly sections: readonly SectionPart[];
  readonly refused: RefusedRow | undefined;
  /** Says that the piece was written. */
  release(): void;
}

/** A piece that is worked on. */
export interface StartedPiece {
  readonly work: LaneWork;
  readonly result: Promise<PieceResult>;
}

/** The rows of one input on their way. */
export class InputPass {
  readonly parts: InputPassParts;
  #rows = 0;
  /** Records of each section before the next piece that is judged. */
  #records = 0;

  constructor(parts: InputPassParts) {
    this.parts = parts;
  }

  /** Begins to work on the next piece; several may be under way. */
  start(piece: Piece, writes: boolean): StartedPiece {
    const work = { piece, firstRow: this.#rows + 1, writes };
    this.#rows += piece.length;
    const result = this.parts.lane.run(work);
    result.catch(() => {}); // it is told when it is this piece's turn
    return { work, result };
  }

  /** Judges a piece, in the order in which they were started. */
  async judge({ work, result: started }: StartedPiece): Promise<JudgedPiece> {
    const { lane, unique } = this.parts;
    const result = await started;
    const isPlain = result.findings.length === 0 && lane.unique.length === 0 && lane.amounts.length === 0;
    const judgement = isPlain ? undefined : new PieceJudgement(this.parts, result, work);
    judgement?.rows();
    if (!isPlain) unique.checkSize(work.firstRow + work.piece.length - 1);
    const written = this.#writable(work, result, judgement?.taken ?? new Set());
    return {
      findings: judgement?.findings ?? [],
      exceptions: judgement?.exceptions ?? [],
      ...{ sections: written.sections, refused: firstRefused(written) },
      release: () => {
        result.release();
        if (written !== result) written.release();
        work.piece.release();
      },
    };
  }

  /** What the lane made, or, where rules across rows took out more or earlier pieces have fewer records, what is made once more. */
  #writable(work: LaneWork, result: PieceResult, taken: ReadonlySet<number>): PieceResult {
    const { lane } = this.parts;
    const left = work.piece.length - taken.size;
    const first = this.#records;
    this.#records += left;
    const isAsMade =
      left === result.left && result.sections.every((part) => part.first === undefined || part.first === first);
    if (isAsMade || !work.writes) return result;
    lane.takeOut(result.left - left);
    return lane.again(work, taken, first);
  }
}

/** The first row that an output cannot hold, as rows and then outputs come. */
function firstRefused({ refused, sections }: PieceResult): RefusedRow | undefined {
  return refused[0] ?? sections.find((part) => part.refused)?.refused;
}

class PieceJudgement {
  readonly findings: Finding[] = [];
  readonly exceptions: Exception[] = [];
  /** Numbers of the rows that were taken out. */
  readonly taken = new Set<number>();
  readonly #parts: InputPassParts;
  readonly #result: PieceResult;
  readonly #piece: Piece;
  readonly #firstRow: number;
  readonly #ofRows = new Map<number, Finding[]>();

  constructor(parts: InputPassParts, result: PieceResult, { piece, firstRow }: LaneWork) {
    this.#parts = parts;
    this.#result = result;
    this.#piece = piece;
    this.#firstRow = firstRow;
    for (const finding of result.findings) {
      const list = this.#ofRows.get(finding.row ?? 0);
      if (list) list.push(finding);
      else this.#ofRows.set(finding.row ?? 0, [finding]);
    }
  }

  rows(): void {
    for (let index = 0; index < this.#piece.length; index += 1) this.#row(index);
  }

  /** Rules of phase PreDelivery see a row only when those before did not take it out. */
  #row(index: number): void {
    const { unique } = this.#parts;
    if (unique.forgets) unique.next([this.#result.neighbours?.[index] ?? null]);
    const found: Finding[] = this.#given(index, false);
    this.#addRepeats(index, found, false);
    this.#addAmounts(index, false);
    if (!found.some(isCorrectable)) {
      found.push(...this.#given(index, true));
      this.#addRepeats(index, found, true);
      if (!found.some(isCorrectable)) this.#addAmounts(index, true);
    }
    if (found.length > 0) this.#keep(index, found);
  }

  #given(index: number, isLate: boolean): Finding[] {
    const given = this.#ofRows.get(this.#firstRow + index);
    return given ? given.filter(({ phase }) => (phase !== undefined) === isLate) : [];
  }

  #keep(index: number, found: readonly Finding[]): void {
    const number = this.#firstRow + index;
    this.findings.push(...found);
    if (!found.some(isCorrectable)) return;
    this.taken.add(number);
    const { isRecord, input } = this.#parts;
    const values = this.#piece.rowAt(index);
    this.exceptions.push({ ...(!isRecord && { input }), row: number, values, findings: found });
  }

  #addRepeats(index: number, found: Finding[], isLate: boolean): void {
    const { lane, unique } = this.#parts;
    for (let at = 0; at < lane.unique.length; at++) {
      const rule = lane.unique[at];
      const key = this.#result.keys[at]?.[index];
      if (!rule || key == null || (rule.phase !== undefined) !== isLate) continue;
      const number = this.#firstRow + index;
      const sameAsRow = unique.add(at, key, number);
      if (sameAsRow > 0)
        found.push(newFinding(rule, { ...lane.shown(rule, this.#piece.rowAt(index), number), sameAsRow }));
    }
  }

  #addAmounts(index: number, isLate: boolean): void {
    const { lane, totals, isAmountLate, input } = this.#parts;
    for (let at = 0; at < lane.amounts.length; at++) {
      const amount = lane.amounts[at];
      if (!amount || isAmountLate[at] !== isLate) continue;
      const text = this.#result.amounts[at]?.[index];
      if (text != null) totals.add(amount, text);
    }
    for (const { amount: at, row, reason } of this.#result.undecidedAmounts) {
      const amount = lane.amounts[at];
      if (amount && row === this.#firstRow + index && isAmountLate[at] === isLate)
        totals.addUndecided(amount, `input ${input}, row ${row}: ${reason}`);
    }
  }
}

function isCorrectable({ severity }: Finding): boolean {
  return severity === "Correctable";
}
