/**
 * Owns handing a file over by SFTP so that its final name never shows anything but the whole file:
 * temporary name, read back, plain rename, a look at the size. A plain rename refuses a target that exists; nothing is ever overwritten.
 */
import type { Credentials } from "../../credentials.ts";
import { causedBy, StepError } from "../../errors.ts";
import type { Network } from "../../network/address-guard.ts";
import type { DeliveryTry, Destination, Handover, Held, Parcel } from "../destination.ts";
import type { DestinationSettings } from "../registry.ts";
import { SftpConnection } from "./connection.ts";
import { asSftpError, isMissing, isRefused } from "./errors.ts";

/** The address of the server, as the Secret must allow it. */
export function sftpEndpoint(settings: DestinationSettings): string {
  return `${settings.sftp.host}:${settings.sftp.port}`;
}

/** Where files go; part of the submission key. */
export function sftpAddress(settings: DestinationSettings): string {
  const directory = settings.sftp.directory;
  return `sftp://${sftpEndpoint(settings)}${directory.startsWith("/") ? "" : "/~/"}${directory}`;
}

/** A destination at one SFTP server; opens a connection per call. */
export function newSftpDestination(
  settings: DestinationSettings,
  credentials: Credentials,
  network: Network,
): Destination {
  const { directory } = settings.sftp;
  const pathOf = (name: string): string => `${directory.replace(/\/+$/, "")}/${name}`;
  const connected = async <T>(
    doing: string,
    signal: AbortSignal,
    act: (connection: SftpConnection) => Promise<T>,
  ): Promise<T> => {
    const connection = await SftpConnection.open(settings, { credentials, network }, signal);
    const stop = (): void => connection.close();
    signal.addEventListener("abort", stop, { once: true });
    try {
      return await act(connection);
    } catch (error) {
      signal.throwIfAborted();
      throw asSftpError(settings, doing, error);
    } finally {
      signal.removeEventListener("abort", stop);
      connection.close();
    }
  };
  return {
    locationOf: (name) => `${sftpAddress(settings).replace(/\/+$/, "")}/${name}`,
    probe: (signal) =>
      connected("looking at the directory", signal, (connection) => checkDirectory(connection, settings)),
    inspect: (name, signal) =>
      connected(`looking for ${name}`, signal, (connection) => held(connection, pathOf(name), settings.delivery)),
    deliver: (parcel, how) =>
      connected(`delivering ${parcel.fileName}`, how.signal, (connection) =>
        new Handing(connection, settings, parcel, how).run(),
      ),
  };
}

async function checkDirectory(connection: SftpConnection, { name, sftp }: DestinationSettings): Promise<void> {
  const isThere = await connection.isDirectory(sftp.directory).catch((error: unknown) => {
    if (isMissing(error)) return false;
    throw error;
  });
  if (isThere) return;
  const message = `Destination ${name}: the directory ${sftp.directory} does not exist; create it at the receiver or correct directory`;
  throw new StepError("DestinationDirectoryMissing", message);
}

/** What is there under a path; the hash only where the Destination lets us read. */
async function held(
  connection: SftpConnection,
  path: string,
  { verify }: Pick<DestinationSettings["delivery"], "verify">,
): Promise<Held | undefined> {
  try {
    if (verify === "Hash") return await connection.hashOf(path);
    return { sizeBytes: await connection.sizeOf(path), sha256: undefined };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** One try to hand a file over. */
class Handing {
  readonly #connection: SftpConnection;
  readonly #settings: DestinationSettings;
  readonly #parcel: Parcel;
  readonly #how: DeliveryTry;

  constructor(connection: SftpConnection, settings: DestinationSettings, parcel: Parcel, how: DeliveryTry) {
    this.#connection = connection;
    this.#settings = settings;
    this.#parcel = parcel;
    this.#how = how;
  }

  async run(): Promise<Handover> {
    const { fileName } = this.#parcel;
    await checkDirectory(this.#connection, this.#settings);
    await this.#removeLeftovers();
    const before = await this.#foundAtName();
    if (before) return this.#receiptOf(before);
    const temporary = this.#pathOf(this.#how.temporaryName);
    await this.#upload(temporary);
    await this.#how.failpoint("upload.after");
    const verified = await this.#verify(temporary);
    await this.#how.checkOwned();
    const meanwhile = await this.#foundAtName();
    if (meanwhile) {
      await this.#connection.remove(temporary);
      return this.#receiptOf(meanwhile);
    }
    await this.#how.failpoint("rename.before");
    await this.#rename(temporary, this.#pathOf(fileName));
    await this.#how.failpoint("rename.after");
    // what was read back before the rename is the proof: the name shows that file, unless the receiver took it away at once
    await this.#atName("Size");
    return this.#receiptOf(verified);
  }

  /**
   * What we find at the final name without having put it there in this try. It is read whole whatever `verify` says: any file can have
   * our size. Where reading is refused, the size tells only when an earlier try of ours may have ended unseen.
   */
  async #foundAtName(): Promise<Held | undefined> {
    try {
      return await this.#atName("Hash");
    } catch (error) {
      if (!isRefused(error) || this.#settings.delivery.verify === "Hash") throw error;
      if (this.#how.mayBeThere) return this.#atName("Size");
      const message = `Destination ${this.#settings.name} already has ${this.#parcel.fileName}, which it does not let us read; ask the receiver what it is and have it removed, then retry the run`;
      throw causedBy(error, "DeliveryConflict", message);
    }
  }

  /** What is at the final name: nothing, our file (done), or another one (a conflict for a person). */
  async #atName(verify: "Hash" | "Size"): Promise<Held | undefined> {
    const { fileName, sizeBytes, sha256 } = this.#parcel;
    const there = await held(this.#connection, this.#pathOf(fileName), { verify });
    if (!there) return undefined;
    if (there.sizeBytes === sizeBytes && (there.sha256 === undefined || there.sha256 === sha256)) return there;
    const what = there.sha256 === undefined ? `${there.sizeBytes} bytes` : `sha256 ${there.sha256}`;
    const message = `Destination ${this.#settings.name} already has ${fileName} with other content (${what}, ours is ${sizeBytes} bytes, sha256 ${sha256}); compare both and remove the wrong one, then retry the run`;
    throw new StepError("DeliveryConflict", message);
  }

  async #upload(path: string): Promise<void> {
    const sent = await this.#connection.write(path, this.#parcel.open(), () =>
      this.#how.failpoint("upload.first-bytes"),
    );
    if (sent.sha256 === this.#parcel.sha256) return;
    const message = `the stored bytes of ${this.#parcel.fileName} do not have the recorded sha256; rerun, and find out who changed the store`;
    throw new StepError("CheckpointCorrupt", message);
  }

  async #verify(path: string): Promise<Held> {
    const { sha256, sizeBytes, fileName } = this.#parcel;
    if (this.#settings.delivery.verify === "None") return { sizeBytes, sha256: undefined };
    const there = await held(this.#connection, path, this.#settings.delivery);
    if (there?.sizeBytes === sizeBytes && (there.sha256 === undefined || there.sha256 === sha256)) return there;
    await this.#connection.remove(path).catch(() => {}); // the next try begins anew in any case
    throw new StepError(
      "DeliveryNotVerified",
      `Destination ${this.#settings.name}: ${fileName} read back differs from the artifact; it is tried again`,
    );
  }

  /** A refused rename means that the name was taken in this moment, or that we may not rename: what is there decides. */
  async #rename(from: string, to: string): Promise<void> {
    try {
      await this.#connection.rename(from, to);
    } catch (error) {
      if (await this.#foundAtName()) {
        await this.#connection.remove(from).catch(() => {}); // gone when the rename was done after all
        return;
      }
      throw error;
    }
  }

  /** Only names that earlier tries of this run made are touched; a receiver that lets nobody list has none removed. */
  async #removeLeftovers(): Promise<void> {
    const { directory } = this.#settings.sftp;
    const names = await this.#connection.list(directory, this.#how.isLeftover).catch(() => []);
    for (const name of names) await this.#connection.remove(this.#pathOf(name));
  }

  #receiptOf(there: Held): Handover {
    const { verify } = this.#settings.delivery;
    const { fileName, sizeBytes } = this.#parcel;
    const location = `${sftpAddress(this.#settings).replace(/\/+$/, "")}/${fileName}`;
    if (there.sha256 !== undefined) return { location, sizeBytes, sha256: there.sha256, verifiedBy: "Hash" };
    return { location, sizeBytes, verifiedBy: verify === "None" ? "None" : "Size" };
  }

  #pathOf(name: string): string {
    return `${this.#settings.sftp.directory.replace(/\/+$/, "")}/${name}`;
  }
}
