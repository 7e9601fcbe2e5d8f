/** Owns the requests of one SFTP session and their replies; when there is no reply for too long, or none can be read, it breaks. */
import type { Duplex } from "node:stream";
import { sftpStatus, statusOf } from "./errors.ts";
import { joined, type Packet, PacketStream, piecesFrom } from "./packet-stream.ts";
import { type Field, FieldReader, newRequest, protocolVersion, reply, replyTo, request } from "./packets.ts";

/** Most bytes of one packet: what OpenSSH allows. */
const largestPacketBytes = 256 * 1024;
/** Most bytes that one request reads or writes where the server does not say what it takes: every server must take these. */
const everywhereBytes = 32 * 1024;
const limitsExtension = "limits@openssh.com";
const idBytes = 4;
/** Id of the only request that has none, and of its reply. */
const initId = -1;

/** What was answered: never a status, unless it says that all is well. */
export interface Answer {
  readonly type: number;
  readonly pieces: readonly Buffer[];
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
}

/** What one request may move, in bytes. */
export interface SessionLimits {
  readonly readBytes: number;
  readonly writeBytes: number;
}

/** An open session. Every request rejects when the session breaks or makes no progress for a time. */
export class SftpSession {
  readonly #channel: Duplex;
  readonly #timeoutMilliseconds: number;
  readonly #waiting = new Map<number, Waiting>();
  readonly #watching: NodeJS.Timeout;
  #nextId = 0;
  #movedAt = performance.now();
  #broken: unknown;
  #limits: SessionLimits = { readBytes: everywhereBytes, writeBytes: everywhereBytes };

  private constructor(channel: Duplex, timeoutMilliseconds: number) {
    this.#channel = channel;
    this.#timeoutMilliseconds = timeoutMilliseconds;
    this.#watching = setInterval(() => this.#watch(), timeoutMilliseconds / 10).unref();
    const packets = new PacketStream(largestPacketBytes, (packet) => this.#take(packet));
    channel.on("data", (bytes: Buffer) => {
      try {
        packets.push(bytes);
      } catch (error) {
        this.break(error);
      }
    });
    channel.on("error", (error) => this.break(error));
    channel.on("close", () => this.break(new Error("the connection was closed")));
  }

  /** Begins a session on a channel of the subsystem sftp; agrees on version and sizes. */
  static async begin(channel: Duplex, timeoutMilliseconds: number): Promise<SftpSession> {
    const session = new SftpSession(channel, timeoutMilliseconds);
    const version = await session.#send(initId, newRequest(request.init, protocolVersion, []));
    const fields = new FieldReader(joined(version.pieces));
    const spoken = fields.uint32();
    if (version.type !== reply.version || spoken < protocolVersion) {
      throw new Error(`the receiver speaks version ${spoken} of SFTP, not ${protocolVersion}`);
    }
    while (!fields.isAtEnd) {
      const name = fields.text();
      fields.bytes();
      if (name === limitsExtension) await session.#askLimits();
    }
    return session;
  }

  /** What one request may move. */
  get limits(): SessionLimits {
    return this.#limits;
  }

  /**
   * Sends a request; `following` are bytes of its last field. Rejects with an error whose `code` is the status that the server gives,
   * with RangeError when it answers with what does not belong to the request: then nobody knows whether it was done.
   */
  async ask(type: number, fields: readonly Field[], following?: Uint8Array): Promise<Answer> {
    const id = this.#nextId;
    this.#nextId = (id + 1) >>> 0;
    const answer = await this.#send(id, newRequest(type, id, fields, following?.length), following);
    const belonging = replyTo[type];
    if (answer.type === belonging) return answer;
    const what = `the receiver answered a request of type ${type} with a packet of type ${answer.type}, not ${belonging}`;
    throw new RangeError(what);
  }

  /** Ends the session: what waits for a reply rejects with the first reason. */
  break(reason: unknown): void {
    clearInterval(this.#watching);
    this.#broken ??= reason;
    for (const { reject } of this.#waiting.values()) reject(this.#broken);
    this.#waiting.clear();
    this.#channel.destroy();
  }

  #send(id: number, packet: Buffer, following?: Uint8Array): Promise<Answer> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    if (this.#waiting.size === 0) this.#movedAt = performance.now();
    this.#waiting.set(id, { resolve, reject });
    this.#channel.write(packet);
    if (following) this.#channel.write(following);
    return promise;
  }

  #take({ type, pieces }: Packet): void {
    const id = type === reply.version ? initId : joined(pieces, idBytes).readUInt32BE(0);
    const waiting = this.#waiting.get(id);
    if (!waiting) throw new RangeError("the receiver answered what was not asked");
    const answer = { type, pieces: type === reply.version ? pieces : piecesFrom(pieces, idBytes) };
    // read while the request still waits: a status that cannot be read breaks the session, which ends all that wait
    const refusal = type === reply.status ? refusalIn(answer) : undefined;
    this.#waiting.delete(id);
    this.#movedAt = performance.now();
    if (refusal) waiting.reject(refusal);
    else waiting.resolve(answer);
  }

  async #askLimits(): Promise<void> {
    const answer = await this.ask(request.extended, [{ text: limitsExtension }]).catch((error: unknown) => {
      if (statusOf(error) === undefined) throw error;
      return undefined; // a server may refuse what it offers; every size that all servers take will do
    });
    if (!answer) return;
    const fields = new FieldReader(joined(answer.pieces));
    const [, readBytes, writeBytes] = [fields.uint64(), fields.uint64(), fields.uint64()];
    this.#limits = { readBytes: limited(readBytes), writeBytes: limited(writeBytes) };
  }

  /** No reply to any request for too long breaks the session. */
  #watch(): void {
    if (this.#waiting.size === 0 || performance.now() - this.#movedAt < this.#timeoutMilliseconds) return;
    this.break(new Error(`the receiver did not answer for ${this.#timeoutMilliseconds / 1000} s`));
  }
}

/** A server that says 0 has no limit of its own; a reply must fit a packet. */
function limited(bytes: number): number {
  const most = largestPacketBytes - 1024;
  return bytes === 0 ? most : Math.min(bytes, most);
}

function refusalIn({ pieces }: Answer): Error | undefined {
  const fields = new FieldReader(joined(pieces));
  const code = fields.uint32();
  if (code === sftpStatus.ok) return undefined;
  const message = fields.isAtEnd ? "" : fields.text();
  return Object.assign(new Error(message || `status ${code}`), { code });
}
