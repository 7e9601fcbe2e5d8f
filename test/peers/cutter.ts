/** Owns a line that breaks: it passes bytes on to a peer until so many have gone one way, then hangs up or goes mute. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { peerHost } from "./peer.ts";

/** How a line breaks. */
export interface CutterOptions {
  readonly target: { readonly host: string; readonly port: number };
  /** After how many bytes; infinity never breaks. */
  readonly limitBytes: number;
  /** Which way the bytes are counted: towards the peer, or back from it. Default towards. */
  readonly direction?: "towards" | "back";
  /** Default hangs up. */
  readonly end?: "hang up" | "mute";
  /** The address to listen at. Default that of local peers. */
  readonly host?: string;
}

/** A line that is open. */
export interface Cutter {
  readonly port: number;
  /** Bytes that have gone each way, in all connections. */
  readonly passed: { readonly towards: number; readonly back: number };
  stop(): Promise<void>;
}

/** Opens a line. */
export async function startCutter(options: CutterOptions): Promise<Cutter> {
  const { target, limitBytes, direction = "towards", end = "hang up", host = peerHost } = options;
  const sockets: Socket[] = [];
  const passed = { towards: 0, back: 0 };
  const server = createServer((near) => {
    const far = connect(target.port, target.host);
    sockets.push(near, far);
    const pass = (way: "towards" | "back", from: Socket, to: Socket): void => {
      let counted = 0;
      from.on("data", (chunk: Buffer) => {
        const room = way === direction ? limitBytes - counted : chunk.length;
        counted += chunk.length;
        passed[way] += chunk.length;
        if (room > 0) to.write(chunk.subarray(0, room));
        if (room < chunk.length && end === "hang up") for (const socket of [near, far]) socket.end();
      });
      from.on("end", () => to.end());
      from.on("error", () => to.destroy());
    };
    pass("towards", near, far);
    pass("back", far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, passed, stop };
}
