/** Owns a set of keys that knows in which row each was first: exact, in memory outside the heap, for millions of rows. */

const chunkBytes = 1 << 20;
const firstCapacity = 1 << 12;
const hashSeed = 0x811c9dc5;
/** Share of the slots that may be taken. */
const fill = 0.7;
const hashPrime = 0x01000193;
const narrow = 0xff;
const headBytes = 4;
const alignment = 4;

/** Keys with the number of the row that brought each first. A hash only finds candidates: the texts are compared. */
export class KeySet {
  #table = new Uint32Array(2 * firstCapacity);
  #mask = firstCapacity - 1;
  /** Where each text begins, in steps of `alignment`. */
  #offsets = new Uint32Array(firstCapacity);
  #rows = new Uint32Array(firstCapacity);
  #size = 0;
  #chunks: Uint8Array[] = [new Uint8Array(chunkBytes)];
  #used = 0;
  #textBytes = chunkBytes;

  /** The hash of a key, 32 bits; different keys may have the same. */
  static hashOf(key: string): number {
    let hash = hashSeed;
    for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), hashPrime);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  /** Adds a key. Answers the row that brought it before, or 0 when it is new. */
  add(key: string, row: number): number {
    const hash = KeySet.hashOf(key);
    let slot = hash & this.#mask;
    for (;;) {
      const entry = this.#table[2 * slot + 1] ?? 0;
      if (entry === 0) break;
      if (this.#table[2 * slot] === hash && this.#isAt(this.#offsets[entry - 1] ?? 0, key))
        return this.#rows[entry - 1] ?? 0;
      slot = (slot + 1) & this.#mask;
    }
    this.#insert(slot, hash, row);
    this.#store(key);
    return 0;
  }

  /** Bytes that the set takes. */
  get sizeBytes(): number {
    return this.#table.byteLength + this.#offsets.byteLength + this.#rows.byteLength + this.#textBytes;
  }

  /** Forgets all keys, and keeps the memory of a small set. */
  clear(): void {
    if (this.#size === 0) return;
    this.#table.fill(0);
    this.#size = 0;
    this.#chunks.length = 1;
    this.#used = 0;
    this.#textBytes = this.#chunks[0]?.length ?? 0;
  }

  #insert(slot: number, hash: number, row: number): void {
    this.#table[2 * slot] = hash;
    this.#table[2 * slot + 1] = this.#size + 1;
    this.#rows[this.#size] = row;
    this.#size += 1;
    if (this.#size === this.#rows.length) this.#growEntries();
    if (this.#size > fill * this.#mask) this.#growTable();
  }

  #growEntries(): void {
    const rows = new Uint32Array(2 * this.#rows.length);
    const offsets = new Uint32Array(rows.length);
    rows.set(this.#rows);
    offsets.set(this.#offsets);
    this.#rows = rows;
    this.#offsets = offsets;
  }

  #growTable(): void {
    const before = this.#table;
    this.#table = new Uint32Array(2 * before.length);
    this.#mask = this.#table.length / 2 - 1;
    for (let at = 0; at < before.length; at += 2) {
      const entry = before[at + 1] ?? 0;
      if (entry === 0) continue;
      const hash = before[at] ?? 0;
      let slot = hash & this.#mask;
      while (this.#table[2 * slot + 1] !== 0) slot = (slot + 1) & this.#mask;
      this.#table[2 * slot] = hash;
      this.#table[2 * slot + 1] = entry;
    }
  }

  /** Keeps the text of the newest key: how many characters it has and how wide they are, then the characters. */
  #store(key: string): void {
    const width = widthOf(key);
    const needed = headBytes + key.length * width;
    let last = this.#chunks.at(-1) as Uint8Array;
    if (this.#used + needed > last.length) {
      last = new Uint8Array(Math.max(chunkBytes, needed));
      this.#chunks.push(last);
      this.#textBytes += last.length;
      this.#used = 0;
    }
    // chunks are counted in steps of a fixed width, so that one number says which chunk and where in it
    this.#offsets[this.#size - 1] = ((this.#chunks.length - 1) * chunkBytes + this.#used) / alignment;
    let at = this.#used;
    const head = headOf(key, width);
    for (let shift = 0; shift < 32; shift += 8) last[at++] = head >>> shift;
    for (let index = 0; index < key.length; index++) {
      const code = key.charCodeAt(index);
      last[at++] = code;
      if (width === 2) last[at++] = code >>> 8;
    }
    this.#used = Math.ceil(at / alignment) * alignment;
  }

  #isAt(place: number, key: string): boolean {
    const offset = place * alignment;
    const chunk = this.#chunks[Math.floor(offset / chunkBytes)] as Uint8Array;
    let at = offset % chunkBytes;
    const width = 1 + ((chunk[at] ?? 0) & 1);
    const head = headOf(key, width);
    for (let shift = 0; shift < 32; shift += 8) if (chunk[at++] !== ((head >>> shift) & narrow)) return false;
    for (let index = 0; index < key.length; index++) {
      const code = key.charCodeAt(index);
      if (width === 1 ? chunk[at++] !== code : ((chunk[at++] ?? 0) | ((chunk[at++] ?? 0) << 8)) !== code) return false;
    }
    return true;
  }
}

/** Texts are shorter than 2^29 characters, so that length and width fit 32 bits. */
function headOf(key: string, width: number): number {
  return key.length * 2 + width - 1;
}

function widthOf(key: string): 1 | 2 {
  for (let index = 0; index < key.length; index++) if (key.charCodeAt(index) > narrow) return 2;
  return 1;
}
