/** Owns one SFTP connection: opened with pinned host keys, its requests as methods. */
import type { Socket } from "node:net";
import { Client, type ClientChannel } from "ssh2";
import type { Credentials } from "../../credentials.ts";
import { StepError } from "../../errors.ts";
import type { Network } from "../../network/address-guard.ts";
import type { DestinationSettings } from "../registry.ts";
import { connectConfig } from "./config.ts";
import { asSftpError, isEnd } from "./errors.ts";
import { joined } from "./packet-stream.ts";
import { type Attributes, attributesFrom, FieldReader, namesFrom, request } from "./packets.ts";
import { SftpSession } from "./session.ts";
import { handleIn, hashFile, type Moved, writeFile } from "./transfer.ts";

/** Most names of a directory that are looked at: a receiver decides how many there are, not how long we look. */
const mostNames = 100_000;

/** What a connection needs besides its settings. */
interface Access {
  readonly credentials: Credentials;
  readonly network: Network;
}

/** An open connection. Every method rejects when the connection breaks or makes no progress for `timeoutSeconds`. */
export class SftpConnection {
  readonly #client: Client;
  readonly #session: SftpSession;

  private constructor(client: Client, session: SftpSession) {
    this.#client = client;
    this.#session = session;
    client.on("error", (error) => session.break(error));
    client.on("close", () => session.break(new Error("the connection was closed")));
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
    const { promise, resolve, reject } = Promise.withResolvers<ClientChannel>();
    const abort = (): void => {
      client.destroy();
      reject(signal.reason);
    };
    signal.addEventListener("abort", abort, { once: true });
    client.on("ready", () => client.subsys("sftp", (error, channel) => (error ? reject(error) : resolve(channel))));
    client.on("error", reject);
    client.on("close", () => reject(new Error("the connection was closed before it was ready")));
    try {
      signal.throwIfAborted();
      const { host, port } = settings.sftp;
      const config = connectConfig(settings, credentials, (isPinned, fingerprint) => {
        refusedKey = isPinned ? undefined : fingerprint;
      });
      client.connect({ ...config, sock: gathering(network.newSocket().connect(port, host)) });
      const channel = await promise;
      channel.stderr.resume(); // nobody reads it, and unread it would stop the channel
      return new SftpConnection(client, await SftpSession.begin(channel, settings.delivery.timeoutSeconds * 1000));
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
    this.#session.break(new Error("the connection was closed"));
    this.#client.end();
    this.#client.destroy();
  }

  /** Size of a file; rejects with status 2 when it is not there. */
  async sizeOf(path: string): Promise<number> {
    return (await this.#attributes(request.lstat, path)).sizeBytes;
  }

  /** Whether a path is a directory. */
  async isDirectory(path: string): Promise<boolean> {
    return (await this.#attributes(request.stat, path)).isDirectory;
  }

  /** Removes a file. */
  async remove(path: string): Promise<void> {
    await this.#session.ask(request.remove, [{ text: path }]);
  }

  /** Renames by the plain request, which a server refuses when the target exists; posix-rename would overwrite it. */
  async rename(from: string, to: string): Promise<void> {
    await this.#session.ask(request.rename, [{ text: from }, { text: to }]);
  }

  /** Names in a directory that are wanted, among the first of it; what is not wanted is not kept. */
  async list(path: string, isWanted: (name: string) => boolean): Promise<readonly string[]> {
    const handle = handleIn(await this.#session.ask(request.opendir, [{ text: path }]));
    const wanted: string[] = [];
    for (let seen = 0; seen < mostNames; ) {
      const names = await this.#session.ask(request.readdir, [{ text: handle }]).then(
        ({ pieces }) => namesFrom(new FieldReader(joined(pieces))),
        (error: unknown) => {
          if (isEnd(error)) return [];
          throw error;
        },
      );
      if (names.length === 0) break;
      wanted.push(...names.filter(isWanted));
      seen += names.length;
    }
    await this.#session.ask(request.close, [{ text: handle }]);
    return wanted;
  }

  /** Writes a new file with many requests in flight; answers hash and size of what was sent. `onFirstBytes` is called once. */
  write(path: string, bytes: AsyncIterable<Uint8Array>, onFirstBytes: () => Promise<void>): Promise<Moved> {
    return writeFile(this.#session, path, bytes, onFirstBytes);
  }

  /** Reads a file with many requests in flight; answers hash and size. Rejects with status 2 when it is not there. */
  async hashOf(path: string): Promise<Moved> {
    return hashFile(this.#session, path, await this.sizeOf(path));
  }

  async #attributes(type: number, path: string): Promise<Attributes> {
    const { pieces } = await this.#session.ask(type, [{ text: path }]);
    return attributesFrom(new FieldReader(joined(pieces)));
  }
}

/** Lets a socket send what is written in one turn by one call: SSH writes each packet in three parts. `connect` would undo it. */
function gathering(socket: Socket): Socket {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let isCorked = false;
  const uncork = (): void => {
    isCorked = false;
    socket.uncork();
  };
  socket.setNoDelay(true);
  return Object.assign(socket, {
    write: (...args: unknown[]): boolean => {
      if (!isCorked) {
        isCorked = true;
        socket.cork();
        process.nextTick(uncork);
      }
      return write(...args);
    },
  });
}

function hostKeyMismatch(where: string, fingerprint: string): StepError {
  const message = `${where} shows the host key ${fingerprint}, which is not pinned; ask the receiver whether it changed, only then add it to hostKeys`;
  return new StepError("HostKeyMismatch", message);
}
