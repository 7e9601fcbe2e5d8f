/**
 * Owns where a file ends and the next part begins. Records keep their order, parts are numbered from 1 without gaps, and a
 * part is as full as its limits allow: it ends before the first record, or group of records, that it cannot hold.
 * With `keepTogether` the last group waits until its end is known. Pure: the same records give the same parts, however
 * they were cut into pieces, as long as sizes add up.
 */

/** Limits of a part; at least one of all is set, or `by` values differ. */
export interface SplitLimits {
  readonly maxRecords?: number | undefined;
  /** With what stands around the records. */
  readonly maxBytes?: number | undefined;
  /** Most bytes around the records of a part. */
  readonly bytesAround: number;
}

/** Records that travel together, as the splitter sees them; records are counted from 0 in their piece. */
export interface SplitPiece<P> {
  readonly piece: P;
  readonly count: number;
  /** Rendered bytes of the records from `from` to before `to`. */
  readonly sizeOf: (from: number, to: number) => number;
  /** The values at which a part ends when they change. */
  readonly byOf?: ((record: number) => string) | undefined;
  /** The key of records that stay in one part, which follow each other. */
  readonly keyOf?: ((record: number) => string) | undefined;
}

/** Records of a piece that go into a part. */
export interface Segment<P> {
  readonly piece: P;
  readonly from: number;
  readonly to: number;
  readonly part: number;
}

/** Thrown for records that no part can hold; `record` is the first of them, in `piece`. */
export class SplitImpossible<P> extends Error {
  readonly piece: P;
  readonly record: number;

  constructor(reason: string, piece: P, record: number) {
    super(reason);
    this.name = "SplitImpossible";
    this.piece = piece;
    this.record = record;
  }
}

interface Range<P> {
  readonly of: SplitPiece<P>;
  readonly from: number;
  readonly to: number;
}

interface Group<P> {
  readonly ranges: Range<P>[];
  readonly key: string;
  records: number;
  bytes: number;
}

/** Cuts one stream of records into parts. */
export class Splitter<P> {
  readonly #limits: SplitLimits;
  #part = 0;
  #isOpen = false;
  #records = 0;
  #bytes = 0;
  #by: string | undefined;
  /** The last group, while more of it may come. */
  #held: Group<P> | undefined;
  #previousKey: string | undefined;

  constructor(limits: SplitLimits) {
    this.#limits = limits;
  }

  /** How many parts there are so far. */
  get parts(): number {
    return this.#part;
  }

  /** Takes a piece; answers the records whose part is known, in order. Throws SplitImpossible. */
  push(piece: SplitPiece<P>): readonly Segment<P>[] {
    const segments: Segment<P>[] = [];
    if (piece.count === 0) return segments;
    const whole = { of: piece, from: 0, to: piece.count };
    if (piece.keyOf && this.#mayCutAnywhere) this.#pushGroups(whole, segments);
    else this.#place(whole, undefined, segments);
    return segments;
  }

  /** After the last piece: the records that waited. Throws SplitImpossible. */
  end(): readonly Segment<P>[] {
    const segments: Segment<P>[] = [];
    this.#placeHeld(segments);
    return segments;
  }

  /** Without such a limit parts end only where `by` changes, so no group has to wait. */
  get #mayCutAnywhere(): boolean {
    return this.#limits.maxRecords !== undefined || this.#limits.maxBytes !== undefined;
  }

  #pushGroups({ of, to }: Range<P>, segments: Segment<P>[]): void {
    const ends = groupEnds(of);
    const firstEnd = ends[0] as number;
    const joins = this.#held !== undefined && this.#held.key === of.keyOf?.(0);
    if (joins) this.#hold({ of, from: 0, to: firstEnd });
    const from = joins ? firstEnd : 0;
    if (from === to) return;
    this.#placeHeld(segments);
    const last = ends.length > 1 ? (ends.at(-2) as number) : 0;
    this.#place({ of, from, to: last }, ends, segments);
    this.#hold({ of, from: last, to });
  }

  #hold(range: Range<P>): void {
    const { of, from, to } = range;
    this.#held ??= { ranges: [], key: of.keyOf?.(from) ?? "", records: 0, bytes: this.#limits.bytesAround };
    const [first = range] = this.#held.ranges;
    refuseOtherBy(first, range);
    this.#held.ranges.push(range);
    this.#held.records += to - from;
    if (this.#limits.maxBytes !== undefined) this.#held.bytes += of.sizeOf(from, to);
    if (!this.#isWithin(this.#held.records, this.#held.bytes)) throw this.#tooLarge(first);
  }

  #placeHeld(segments: Segment<P>[]): void {
    const held = this.#held;
    if (!held) return;
    this.#held = undefined;
    const [first] = held.ranges;
    const by = first?.of.byOf?.(first.from);
    const { bytesAround } = this.#limits;
    if (by !== this.#by || !this.#isWithin(this.#records + held.records, this.#bytes + held.bytes - bytesAround))
      this.#isOpen = false;
    for (const range of held.ranges) this.#emit(range, by, segments);
  }

  /** `ends` are the places at which records may be cut; undefined means everywhere. */
  #place({ of, from, to }: Range<P>, ends: readonly number[] | undefined, segments: Segment<P>[]): void {
    for (let at = from; at < to; ) {
      const by = of.byOf?.(at);
      if (this.#isOpen && by !== this.#by) {
        this.#refuseCutInKey(of, at);
        this.#isOpen = false;
      }
      const end = this.#fitting({ of, from: at, to: sameBy({ of, from: at, to }, by) }, ends);
      if (end > at) this.#emit({ of, from: at, to: end }, by, segments);
      else if (this.#isOpen) this.#isOpen = false;
      else throw this.#tooLarge({ of, from: at, to });
      at = end;
    }
  }

  /** Where the part has to end: after as many of the records as it can hold. */
  #fitting({ of, from, to }: Range<P>, ends: readonly number[] | undefined): number {
    const [records, bytes] = this.#isOpen ? [this.#records, this.#bytes] : [0, this.#limits.bytesAround];
    const sized = this.#limits.maxBytes !== undefined;
    const fits = (end: number) => this.#isWithin(records + end - from, sized ? bytes + of.sizeOf(from, end) : 0);
    if (fits(to)) return to;
    const places = ends?.filter((end) => end > from && end < to);
    const placeAt = (index: number) => places?.[index] ?? from + 1 + index;
    let [low, high] = [0, places?.length ?? to - from - 1]; // as many places fit as `low` says at the end
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (fits(placeAt(middle))) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? from : placeAt(low - 1);
  }

  #isWithin(records: number, bytes: number): boolean {
    const { maxRecords = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } = this.#limits;
    return records <= maxRecords && bytes <= maxBytes;
  }

  #emit({ of, from, to }: Range<P>, by: string | undefined, segments: Segment<P>[]): void {
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.#part += 1;
      this.#records = 0;
      this.#bytes = this.#limits.bytesAround;
      this.#by = by;
    }
    this.#records += to - from;
    if (this.#limits.maxBytes !== undefined) this.#bytes += of.sizeOf(from, to);
    this.#previousKey = of.keyOf?.(to - 1);
    const before = segments.at(-1);
    const joins = before?.piece === of.piece && before.to === from && before.part === this.#part;
    if (joins) segments.pop();
    segments.push({ piece: of.piece, from: joins ? before.from : from, to, part: this.#part });
  }

  #refuseCutInKey(of: SplitPiece<P>, record: number): void {
    const key = of.keyOf?.(record);
    if (key !== undefined && key === this.#previousKey) throw differentBy(of, record);
  }

  #tooLarge({ of, from }: Range<P>): SplitImpossible<P> {
    const what = of.keyOf ? "the records of one key do" : "the record does";
    const reason = `${what} not fit into a part; raise split.maxRecords or split.maxSize`;
    return new SplitImpossible(reason, of.piece, from);
  }
}

/** Where each group of one key ends. */
function groupEnds<P>({ count, keyOf }: SplitPiece<P>): readonly number[] {
  const ends: number[] = [];
  let key = keyOf?.(0);
  for (let record = 1; record < count; record += 1) {
    const next = keyOf?.(record);
    if (next !== key) ends.push(record);
    key = next;
  }
  ends.push(count);
  return ends;
}

function sameBy<P>({ of, from, to }: Range<P>, by: string | undefined): number {
  if (!of.byOf) return to;
  let end = from + 1;
  while (end < to && of.byOf(end) === by) end += 1;
  return end;
}

function refuseOtherBy<P>(first: Range<P>, { of, from, to }: Range<P>): void {
  const by = first.of.byOf?.(first.from);
  for (let record = from; of.byOf && record < to; record += 1)
    if (of.byOf(record) !== by) throw differentBy(of, record);
}

function differentBy<P>({ piece }: SplitPiece<P>, record: number): SplitImpossible<P> {
  const reason =
    "records of one key differ in the columns of split.by, so they cannot stay together; leave keepTogether or by out";
  return new SplitImpossible(reason, piece, record);
}
