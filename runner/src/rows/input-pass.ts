/** Owns what the rows of one input come to in their order: findings of rows and across rows, rows taken out, and what is left of the records. */
import type { Piece, Row } from "../connectors/connector.ts";
import type { StepError } from "../errors.ts";
import type { Totals } from "../rules/totals.ts";
import type { UniqueRules } from "../rules/unique-rules.ts";
import { type Exception, type Finding, newFinding } from "./finding.ts";
import type { Lane, PieceResult, SectionRecords } from "./lane.ts";
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
  /** Not there when the rows come from a snapshot. */
  readonly snapshot: SnapshotWriter | undefined;
  /** Ends a source that was opened and will not be read. May be called twice. */
  readonly close: () => Promise<void>;
}

/** A piece with everything decided. */
export interface JudgedPiece {
  readonly findings: readonly Finding[];
  readonly exceptions: readonly Exception[];
  readonly sections: readonly SectionRecords[];
  readonly refused: StepError | undefined;
}

/** The rows of one input on their way. */
export class InputPass {
  readonly parts: InputPassParts;
  #rows = 0;

  constructor(parts: InputPassParts) {
    this.parts = parts;
  }

  /** Works on the next piece. */
  async judge(piece: Piece): Promise<JudgedPiece> {
    const { lane, unique } = this.parts;
    const firstRow = this.#rows + 1;
    const result = await lane.run(piece, firstRow);
    this.#rows += piece.length;
    if (result.findings.length === 0 && lane.unique.length === 0 && lane.amounts.length === 0) {
      return { findings: [], exceptions: [], sections: result.sections, refused: result.refused[0]?.error };
    }
    const judged = new PieceJudgement(this.parts, result, firstRow);
    for (const [index, row] of piece.entries()) judged.row(row, index);
    unique.checkSize(this.#rows);
    return judged.end();
  }
}

class PieceJudgement {
  readonly #parts: InputPassParts;
  readonly #result: PieceResult;
  readonly #firstRow: number;
  readonly #ofRows = new Map<number, Finding[]>();
  readonly #findings: Finding[] = [];
  readonly #exceptions: Exception[] = [];
  readonly #taken = new Set<number>();

  constructor(parts: InputPassParts, result: PieceResult, firstRow: number) {
    this.#parts = parts;
    this.#result = result;
    this.#firstRow = firstRow;
    for (const finding of result.findings) {
      const list = this.#ofRows.get(finding.row ?? 0);
      if (list) list.push(finding);
      else this.#ofRows.set(finding.row ?? 0, [finding]);
    }
  }

  /** Rules of phase PreDelivery see a row only when those before did not take it out. */
  row(row: Row, index: number): void {
    if (this.#parts.unique.forgets) this.#parts.unique.next(row);
    const found: Finding[] = this.#given(index, false);
    this.#addRepeats(row, index, { found, isLate: false });
    this.#addAmounts(index, false);
    if (!found.some(isCorrectable)) {
      found.push(...this.#given(index, true));
      this.#addRepeats(row, index, { found, isLate: true });
      if (!found.some(isCorrectable)) this.#addAmounts(index, true);
    }
    if (found.length > 0) this.#keep(row, index, found);
  }

  #given(index: number, isLate: boolean): Finding[] {
    const given = this.#ofRows.get(this.#firstRow + index);
    return given ? given.filter(({ phase }) => (phase !== undefined) === isLate) : [];
  }

  #keep(row: Row, index: number, found: readonly Finding[]): void {
    const number = this.#firstRow + index;
    this.#findings.push(...found);
    if (!found.some(isCorrectable)) return;
    this.#taken.add(number);
    const { isRecord, input } = this.#parts;
    this.#exceptions.push({ ...(!isRecord && { input }), row: number, values: row, findings: found });
  }

  end(): JudgedPiece {
    const isLeft = ({ row }: { readonly row: number }): boolean => !this.#taken.has(row);
    return {
      findings: this.#findings,
      exceptions: this.#exceptions,
      sections: this.#taken.size === 0 ? this.#result.sections : this.#result.sections.map((one) => this.#left(one)),
      refused: this.#result.refused.find(isLeft)?.error,
    };
  }

  #addRepeats(
    row: Row,
    index: number,
    { found, isLate }: { readonly found: Finding[]; readonly isLate: boolean },
  ): void {
    const { lane, unique } = this.#parts;
    for (let at = 0; at < lane.unique.length; at++) {
      const rule = lane.unique[at];
      const key = this.#result.keys[at]?.[index];
      if (!rule || key == null || (rule.phase !== undefined) !== isLate) continue;
      const number = this.#firstRow + index;
      const sameAsRow = unique.add(at, key, number);
      if (sameAsRow > 0) found.push(newFinding(rule, { ...lane.shown(rule, row, number), sameAsRow }));
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

  #left({ records, sourceRows }: SectionRecords): SectionRecords {
    const isLeft = (_: unknown, index: number): boolean => !this.#taken.has(sourceRows[index] ?? 0);
    return { records: records.filter(isLeft), sourceRows: sourceRows.filter(isLeft) };
  }
}

function isCorrectable({ severity }: Finding): boolean {
  return severity === "Correctable";
}
