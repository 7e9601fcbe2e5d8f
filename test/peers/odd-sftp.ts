/** Owns an SFTP server for tests that is not OpenSSH: it keeps files in memory and can answer in odd ways. */
import type { AddressInfo } from "node:net";
import ssh2, { type Connection, type SFTPWrapper } from "ssh2";
import { peerHost } from "./peer.ts";

const { Server, utils } = ssh2;
const { STATUS_CODE } = utils.sftp;
/** Mode of a directory that everybody may use. */
const directoryMode = 0o040_777;

/** How it is odd. */
export interface OddSftpOptions {
  /** Most bytes in an answer to a request to read. */
  readonly readBytes?: number;
  /** Listings never end. */
  readonly listsForever?: boolean;
  /** Changes what a file holds when it is closed. */
  readonly onClosed?: (content: Buffer) => Buffer;
}

/** A running server. */
export interface OddSftp {
  readonly host: string;
  readonly port: number;
  readonly hostKey: string;
  readonly directory: string;
  readonly files: Map<string, Buffer>;
  /** Largest write that came, in bytes. */
  readonly largestWrite: () => number;
  /** Names that were listed. */
  readonly listed: () => number;
  stop(): Promise<void>;
}

/** Starts a server; everybody may log in. */
export async function startOddSftp(options: OddSftpOptions = {}): Promise<OddSftp> {
  const pair = utils.generateKeyPairSync("ed25519");
  const files = new Map<string, Buffer>();
  const seen = { largestWrite: 0, listed: 0 };
  const clients = new Set<Connection>();
  const server = new Server({ hostKeys: [pair.private] }, (client) => {
    clients.add(client);
    client.on("error", () => {}); // the other side hangs up
    client.on("authentication", (context) => context.accept());
    client.on("session", (accept) => {
      accept().on("sftp", (acceptSftp) => serve(acceptSftp(), files, options, seen));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, peerHost, resolve));
  return {
    host: peerHost,
    port: (server.address() as AddressInfo).port,
    hostKey: pair.public.split(" ").slice(0, 2).join(" "),
    directory: "/inbox",
    files,
    largestWrite: () => seen.largestWrite,
    listed: () => seen.listed,
    stop: async () => {
      for (const client of clients) client.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

interface Seen {
  largestWrite: number;
  listed: number;
}

function serve(sftp: SFTPWrapper, files: Map<string, Buffer>, options: OddSftpOptions, seen: Seen): void {
  const { readBytes = Number.POSITIVE_INFINITY, listsForever = false, onClosed } = options;
  const open = new Map<string, { readonly path: string; readonly isWritten: boolean }>();
  const pathOf = (handle: Buffer): string => open.get(handle.toString())?.path ?? "";
  let counter = 0;
  const newHandle = (path: string, isWritten: boolean): Buffer => {
    counter += 1;
    open.set(`${counter}`, { path, isWritten });
    return Buffer.from(`${counter}`);
  };
  const look = (id: number, path: string): void => {
    if (path === "/inbox") return void sftp.attrs(id, { mode: directoryMode } as never);
    const file = files.get(path);
    if (!file) return void sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
    sftp.attrs(id, { mode: 0o100_644, size: file.length } as never);
  };
  sftp.on("STAT", look);
  sftp.on("LSTAT", look);
  sftp.on("OPEN", (id, path, flags) => {
    const isWritten = (flags & utils.sftp.OPEN_MODE.WRITE) !== 0;
    if (isWritten) files.set(path, Buffer.alloc(0));
    if (!files.has(path)) return void sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
    sftp.handle(id, newHandle(path, isWritten));
  });
  sftp.on("WRITE", (id, handle, offset, bytes) => {
    seen.largestWrite = Math.max(seen.largestWrite, bytes.length);
    const before = files.get(pathOf(handle)) ?? Buffer.alloc(0);
    const after = Buffer.alloc(Math.max(before.length, offset + bytes.length));
    before.copy(after);
    bytes.copy(after, offset);
    files.set(pathOf(handle), after);
    sftp.status(id, STATUS_CODE.OK);
  });
  sftp.on("READ", (id, handle, offset, length) => {
    const bytes = files.get(pathOf(handle))?.subarray(offset, offset + Math.min(length, readBytes));
    if (!bytes || bytes.length === 0) return void sftp.status(id, STATUS_CODE.EOF);
    sftp.data(id, bytes);
  });
  sftp.on("CLOSE", (id, handle) => {
    const { path, isWritten } = open.get(handle.toString()) ?? { path: "", isWritten: false };
    const content = files.get(path);
    if (isWritten && content && onClosed) files.set(path, onClosed(content));
    sftp.status(id, STATUS_CODE.OK);
  });
  sftp.on("OPENDIR", (id) => sftp.handle(id, newHandle("", false)));
  sftp.on("READDIR", (id) => {
    if (!listsForever) return void sftp.status(id, STATUS_CODE.EOF);
    const names = Array.from({ length: 500 }, (_, index) => `${seen.listed + index}`);
    seen.listed += names.length;
    sftp.name(
      id,
      names.map((filename) => ({ filename, longname: filename, attrs: {} as never })),
    );
  });
  sftp.on("REMOVE", (id, path) => {
    files.delete(path);
    sftp.status(id, STATUS_CODE.OK);
  });
  sftp.on("RENAME", (id, from, to) => {
    const content = files.get(from);
    if (!content || files.has(to)) return void sftp.status(id, STATUS_CODE.FAILURE);
    files.set(to, content);
    files.delete(from);
    sftp.status(id, STATUS_CODE.OK);
  });
}
