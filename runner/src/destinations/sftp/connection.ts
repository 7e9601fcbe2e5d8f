/** Owns one SFTP connection: opened with pinned host keys, closed when it makes no progress, its calls as promises. */
import { createHash } from "node:crypto";
import { Client, type SFTPWrapper } from "ssh2";
import type { Credentials } from "../../credentials.ts";
import { StepError } from "../../errors.ts";
import type { Network } from "../../network/address-guard.ts";
import type { DestinationSettings } from "../registry.ts";
import { connectConfig } from "./config.ts";
import { asSftpError } from "./errors.ts";

// What OpenSSH's own client uses; a smaller window is slow on lines with delay.
const requestBytes = 32 * 1024;
const requestsInFlight = 64;

/** What a connection needs besides its settings. */
interface Access {
  readonly credentials: Credentials;
  readonly network: Network;
}

/** An open connection. Every method rejects when the connection breaks or makes no progress for `timeoutSeconds`. */
export class SftpConnection {
  readonly #client: Client;
  readonly #sftp: SFTPWrapper;
  readonly #timeoutMilliseconds: number;
  readonly #pending = new Set<(reason: unknown) => void>();
  readonly #watching: NodeJS.Timeout;
  #movedAt = performance.now();
  #broken: unknown;

  private constructor(client: Client, sftp: SFTPWrapper, timeoutMilliseconds: number) {
    this.#client = client;
    this.#sftp = sftp;
    this.#timeoutMilliseconds = timeoutMilliseconds;
    this.#watching = setInterval(() => this.#watch(), timeoutMilliseconds / 10).unref();
    client.on("error", (error) => this.#break(error));
    client.on("close", () => this.#break(new Error("the connection was closed")));
  }

  /** Connects and authenticates. Throws StepError. */
  static async open(
    settings: DestinationSettings,
    { credentials, network }: Access,
    signal: AbortSignal,
  ): Promise<SftpConnection> {
    const where = `Destination ${settings.name} at ${settings.sftp.host}:${settings.sftp.port}`;
    const client = new Client();
    let refusedKey: string | undefined;
    const { promise, resolve, reject } = Promise.withResolvers<SFTPWrapper>();
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    client.on("ready", () => client.sftp((error, sftp) => (error ? reject(error) : resolve(sftp))));
    client.on("error", reject);
    client.on("close", () => reject(new Error("the connection was closed before it was ready")));
    try {
      signal.throwIfAborted();
      const { host, port } = settings.sftp;
      const config = connectConfig(settings, credentials, (isPinned, fingerprint) => {
        refusedKey = isPinned ? undefined : fingerprint;
      });
      client.connect({ ...config, sock: network.newSocket().connect(port, host) });
      const sftp = await promise;
      return new SftpConnection(client, sftp, settings.delivery.timeoutSeconds * 1000);
    } catch (error) {
      client.destroy();
      signal.throwIfAborted();
      if (refusedKey !== undefined) throw hostKeyMismatch(where, refusedKey);
      throw asSftpError(settings, "connecting", error);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** Ends the connection. */
  close(): void {
    this.#break(new Error("the connection was closed"));
    this.#client.end();
    this.#client.destroy();
  }

  /** Size of a file; rejects with status 2 when it is not there. */
  async sizeOf(path: string): Promise<number> {
    return (await this.#call<{ size: number }>((done) => this.#sftp.lstat(path, done))).size;
  }

  /** Whether a path is a directory. */
  async isDirectory(path: string): Promise<boolean> {
    return (await this.#call<{ isDirectory(): boolean }>((done) => this.#sftp.stat(path, done))).isDirectory();
  }

  /** Removes a file. */
  async remove(path: string): Promise<void> {
    await this.#call<void>((done) => this.#sftp.unlink(path, done));
  }

  /** Renames by the plain request, which a server refuses when the target exists; posix-rename would overwrite it. */
  async rename(from: string, to: string): Promise<void> {
    await this.#call<void>((done) => this.#sftp.rename(from, to, done));
  }

  /** Names in a directory. */
  async list(path: string): Promise<readonly string[]> {
    return (await this.#call<{ filename: string }[]>((done) => this.#sftp.readdir(path, done))).map(
      ({ filename }) => filename,
    );
  }

  /** Writes a new file with many requests in flight; answers hash and size of what was sent. `onFirstBytes` is called once. */
  async write(
    path: string,
    bytes: AsyncIterable<Uint8Array>,
    onFirstBytes: () => Promise<void>,
  ): Promise<{ sha256: string; sizeBytes: number }> {
    const handle = await this.#call<Buffer>((done) => this.#sftp.open(path, "wx", done));
    const hash = createHash("sha256");
    const window = new Window(requestsInFlight);
    let position = 0;
    for await (const piece of inRequests(bytes)) {
      hash.update(piece);
      const at = position;
      await window.start(() => this.#call<void>((done) => this.#sftp.write(handle, piece, 0, piece.length, at, done)));
      position += piece.length;
      if (at === 0) await onFirstBytes();
    }
    await window.drain();
    await this.#call<void>((done) => this.#sftp.close(handle, done));
    return { sha256: hash.digest("hex"), sizeBytes: position };
  }

  /** Reads a file with many requests in flight; answers hash and size. Rejects with status 2 when it is not there. */
  async hashOf(path: string): Promise<{ sha256: string; sizeBytes: number }> {
    const sizeBytes = await this.sizeOf(path);
    const handle = await this.#call<Buffer>((done) => this.#sftp.open(path, "r", done));
    const hash = createHash("sha256");
    const ahead: Promise<Buffer>[] = [];
    let asked = 0;
    let read = 0;
    while (read < sizeBytes) {
      for (; ahead.length < requestsInFlight && asked < sizeBytes; asked += requestBytes) {
        ahead.push(this.#readAt(handle, asked, Math.min(requestBytes, sizeBytes - asked)));
      }
      const piece = (await ahead.shift()) ?? Buffer.alloc(0);
      if (piece.length === 0) break; // it became shorter while we read: size and hash will differ
      hash.update(piece);
      read += piece.length;
    }
    await this.#call<void>((done) => this.#sftp.close(handle, done));
    return { sha256: hash.digest("hex"), sizeBytes: read };
  }

  /** Reads a range; a server may answer with less than was asked for, then the rest is asked for again. */
  #readAt(handle: Buffer, position: number, length: number): Promise<Buffer> {
    const reading = this.#readRange(handle, Buffer.allocUnsafe(length), position);
    reading.catch(() => {}); // read ahead: the loop awaits it in its turn
    return reading;
  }

  async #readRange(handle: Buffer, buffer: Buffer, position: number): Promise<Buffer> {
    let filled = 0;
    while (filled < buffer.length) {
      const at = filled;
      const count = await this.#call<number>((done) =>
        this.#sftp.read(handle, buffer, at, buffer.length - at, position + at, done),
      );
      if (count === 0) break;
      filled += count;
    }
    return buffer.subarray(0, filled);
  }

  /** Runs one request. */
  #call<T>(send: (done: (error?: Error | null, value?: T) => void) => void): Promise<T> {
    if (this.#broken !== undefined) return Promise.reject(this.#broken);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (this.#pending.size === 0) this.#movedAt = performance.now();
    this.#pending.add(reject);
    send((error, value) => {
      this.#pending.delete(reject);
      this.#movedAt = performance.now();
      if (error) reject(error);
      else resolve(value as T);
    });
    return promise;
  }

  /** No answer to any request for too long breaks the connection. */
  #watch(): void {
    if (this.#pending.size === 0 || performance.now() - this.#movedAt < this.#timeoutMilliseconds) return;
    this.#break(new Error(`the receiver did not answer for ${this.#timeoutMilliseconds / 1000} s`));
    this.#client.destroy();
  }

  #break(reason: unknown): void {
    clearInterval(this.#watching);
    this.#broken ??= reason;
    for (const reject of this.#pending) reject(this.#broken);
    this.#pending.clear();
  }
}

/** Lets a number of requests be under way at once; the first failure is thrown by the next call. */
class Window {
  readonly #size: number;
  #running = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake = (): void => {};

  constructor(size: number) {
    this.#size = size;
  }

  /** Begins a request as soon as there is room. */
  async start(act: () => Promise<void>): Promise<void> {
    await this.#until(() => this.#running < this.#size);
    this.#running += 1;
    act()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => {
        this.#running -= 1;
        this.#wake();
      });
  }

  /** Resolves when no request is under way. */
  drain(): Promise<void> {
    return this.#until(() => this.#running === 0);
  }

  async #until(isTrue: () => boolean): Promise<void> {
    while (!this.#failure && !isTrue()) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure) throw this.#failure.error;
  }
}

async function* inRequests(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length; at += requestBytes)
      yield Buffer.from(chunk.buffer, chunk.byteOffset + at, Math.min(requestBytes, chunk.length - at));
  }
}

function hostKeyMismatch(where: string, fingerprint: string): StepError {
  const message = `${where} shows the host key ${fingerprint}, which is not pinned; ask the receiver whether it changed, only then add it to hostKeys`;
  return new StepError("HostKeyMismatch", message);
}
