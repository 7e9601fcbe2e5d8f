/** Owns a set of keys that knows in which row each was first: exact, in memory outside the heap, for tens of millions of rows. */

const chunkBytes = 1 << 20;
const firstCapacity = 1 << 12;
const hashSeed = 0x811c9dc5;
/** Share of the slots that may be taken. */
const fill = 0.7;
const hashPrime = 0x01000193;
const narrow = 0xff;
/** Before each text: the row that brought it, then how long and how wide it is. */
const headBytes = 8;
const alignment = 4;

/** Where texts go that no longer fit into memory. */
export interface Spill {
  /** Keeps bytes; answers where. */
  append(bytes: Uint8Array): number;
  /** Reads bytes back until `into` is full. */
  read(at: number, into: Uint8Array): void;
  /** Forgets all bytes and gives their room back; places begin anew. May be called at any time, also twice. */
  clear(): void;
}

/** Texts of keys that were kept together; those of a chunk that was spilled are read back one by one. */
type Chunk = Uint8Array | { readonly spilledAt: number };

/**
 * Keys with the number of the row that brought each first. A hash only finds candidates: the texts are compared, wherever they are.
 * A slot takes 8 bytes: hash and place of the text. So the table of a million keys takes 12 to 23 MB, and their texts may be spilled.
 */
export class KeySet {
  readonly #spill: Spill | undefined;
  #table = new Uint32Array(2 * firstCapacity);
  #mask = firstCapacity - 1;
  #size = 0;
  #chunks: Chunk[] = [new Uint8Array(chunkBytes)];
  /** How many of the first chunks were spilled. */
  #spilled = 0;
  #used = 0;
  #textBytes = chunkBytes;
  #scratch = new Uint8Array(1024);

  /** `spill` is for this set alone. */
  constructor(spill?: Spill) {
    this.#spill = spill;
  }

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
      const place = this.#table[2 * slot + 1] ?? 0;
      if (place === 0) break;
      if (this.#table[2 * slot] === hash) {
        const before = this.#rowAt(place - 1, key);
        if (before > 0) return before;
      }
      slot = (slot + 1) & this.#mask;
    }
    this.#table[2 * slot] = hash;
    this.#table[2 * slot + 1] = this.#store(key, row) + 1;
    this.#size += 1;
    if (this.#size > fill * this.#mask) this.#growTable();
    return 0;
  }

  /** Bytes that the set takes in memory. */
  get sizeBytes(): number {
    return this.#table.byteLength + this.#textBytes;
  }

  /** Those of them that are texts. */
  get textBytes(): number {
    return this.#textBytes;
  }

  /** Moves the oldest texts out of memory until no more than so many bytes of them are left, as far as they can be moved. */
  spillTo(bytes: number): void {
    if (!this.#spill) return;
    while (this.#textBytes > bytes && this.#spilled < this.#chunks.length - 1) {
      const chunk = this.#chunks[this.#spilled] as Uint8Array;
      this.#chunks[this.#spilled] = { spilledAt: this.#spill.append(chunk) };
      this.#spilled += 1;
      this.#textBytes -= chunk.length;
    }
  }

  /** Forgets all keys, and keeps the memory of a small set. */
  clear(): void {
    if (this.#size === 0) return;
    this.#table.fill(0);
    this.#size = 0;
    const [first] = this.#chunks;
    this.#chunks = [first instanceof Uint8Array ? first : new Uint8Array(chunkBytes)];
    this.#spill?.clear();
    this.#spilled = 0;
    this.#used = 0;
    this.#textBytes = (this.#chunks[0] as Uint8Array).length;
  }

  #growTable(): void {
    const before = this.#table;
    this.#table = new Uint32Array(2 * before.length);
    this.#mask = this.#table.length / 2 - 1;
    for (let at = 0; at < before.length; at += 2) {
      const place = before[at + 1] ?? 0;
      if (place === 0) continue;
      const hash = before[at] ?? 0;
      let slot = hash & this.#mask;
      while (this.#table[2 * slot + 1] !== 0) slot = (slot + 1) & this.#mask;
      this.#table[2 * slot] = hash;
      this.#table[2 * slot + 1] = place;
    }
  }

  /** Keeps a text behind its head; answers its place, in steps of `alignment`. */
  #store(key: string, row: number): number {
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
    const place = ((this.#chunks.length - 1) * chunkBytes + this.#used) / alignment;
    let at = put(last, this.#used, row);
    at = put(last, at, headOf(key, width));
    for (let index = 0; index < key.length; index++) {
      const code = key.charCodeAt(index);
      last[at++] = code;
      if (width === 2) last[at++] = code >>> 8;
    }
    this.#used = Math.ceil(at / alignment) * alignment;
    return place;
  }

  /** The row of the text at a place when it is that key, else 0. */
  #rowAt(place: number, key: string): number {
    const offset = place * alignment;
    const chunk = this.#chunks[Math.floor(offset / chunkBytes)] as Chunk;
    const start = offset % chunkBytes;
    if (chunk instanceof Uint8Array) return rowIn(chunk, start, key);
    const needed = headBytes + key.length * widthOf(key);
    // what is read may end in the middle of a longer text, or reach into the next one: the head tells
    if (this.#scratch.length < needed) this.#scratch = new Uint8Array(2 * needed);
    this.#spill?.read(chunk.spilledAt + start, this.#scratch.subarray(0, needed));
    return rowIn(this.#scratch, 0, key);
  }
}

function put(bytes: Uint8Array, start: number, value: number): number {
  let at = start;
  for (let shift = 0; shift < 32; shift += 8) bytes[at++] = value >>> shift;
  return at;
}

function rowIn(bytes: Uint8Array, start: number, key: string): number {
  let at = start + alignment;
  const width = widthOf(key); // a text of another width is another text, and may end behind what was read
  const head = headOf(key, width);
  for (let shift = 0; shift < 32; shift += 8) if (bytes[at++] !== ((head >>> shift) & narrow)) return 0;
  for (let index = 0; index < key.length; index++) {
    const code = key.charCodeAt(index);
    if (width === 1 ? bytes[at++] !== code : ((bytes[at++] ?? 0) | ((bytes[at++] ?? 0) << 8)) !== code) return 0;
  }
  let row = 0;
  for (let index = alignment - 1; index >= 0; index--) row = row * 256 + (bytes[start + index] ?? 0);
  return row;
}

/** Texts are shorter than 2^29 characters, so that length and width fit 32 bits. */
function headOf(key: string, width: number): number {
  return key.length * 2 + width - 1;
}

function widthOf(key: string): 1 | 2 {
  for (let index = 0; index < key.length; index++) if (key.charCodeAt(index) > narrow) return 2;
  return 1;
}
