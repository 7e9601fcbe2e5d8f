/** Owns how the bytes of a channel become packets: pieces are kept as they came, so that what is only hashed is never copied. */

/** A packet without its length. */
export interface Packet {
  readonly type: number;
  /** What follows the type, in order. */
  readonly pieces: readonly Buffer[];
}

const lengthBytes = 4;

/** Cuts packets out of a stream. */
export class PacketStream {
  readonly #largestBytes: number;
  readonly #onPacket: (packet: Packet) => void;
  readonly #head = Buffer.alloc(lengthBytes + 1);
  #headFilled = 0;
  #pieces: Buffer[] = [];
  #missing = 0;

  /** A packet of more than `largestBytes` is refused before any of it is kept. */
  constructor(largestBytes: number, onPacket: (packet: Packet) => void) {
    this.#largestBytes = largestBytes;
    this.#onPacket = onPacket;
  }

  /** Takes the next bytes. Throws RangeError when they cannot be a packet. */
  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#headFilled < this.#head.length) {
        const taken = bytes.copy(this.#head, this.#headFilled, at);
        this.#headFilled += taken;
        at += taken;
        if (this.#headFilled < this.#head.length) return;
        this.#begin();
      } else {
        const piece = bytes.subarray(at, at + this.#missing);
        this.#pieces.push(piece);
        this.#missing -= piece.length;
        at += piece.length;
      }
      if (this.#missing === 0) this.#end();
    }
  }

  #begin(): void {
    const length = this.#head.readUInt32BE(0);
    if (length < 1 || length > this.#largestBytes) {
      throw new RangeError(`the receiver sent a packet of ${length} bytes, which SFTP does not know`);
    }
    this.#missing = length - 1;
  }

  #end(): void {
    const packet = { type: this.#head[lengthBytes] ?? 0, pieces: this.#pieces };
    this.#headFilled = 0;
    this.#pieces = [];
    this.#onPacket(packet);
  }
}

/** The bytes of pieces, from one place on. */
export function piecesFrom(pieces: readonly Buffer[], start: number): readonly Buffer[] {
  let skip = start;
  return pieces.flatMap((piece) => {
    const rest = piece.subarray(skip);
    skip = Math.max(0, skip - piece.length);
    return rest.length > 0 ? [rest] : [];
  });
}

/** The first bytes of pieces as one buffer; fewer when there are not so many. */
export function joined(pieces: readonly Buffer[], length = Number.POSITIVE_INFINITY): Buffer {
  const [first = Buffer.alloc(0)] = pieces;
  if (pieces.length <= 1 || first.length >= length) return first.subarray(0, Math.min(length, first.length));
  const all = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return Buffer.concat(pieces, Math.min(length, all));
}
