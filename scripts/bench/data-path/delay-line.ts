/** Owns a line with delay: every byte arrives so many milliseconds later, in order, at any speed. The kernel of a plain machine cannot delay loopback. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { peerHost } from "../../../test/peers/peer.ts";

/** What is delayed. */
export interface DelayOptions {
  readonly target: { readonly host: string; readonly port: number };
  /** Each way; there and back takes twice as long. */
  readonly milliseconds: number;
}

/** A line that is open. */
export interface DelayLine {
  readonly port: number;
  stop(): Promise<void>;
}

/** Bytes that may be on their way before the sender waits: more than any window, so that only the delay is felt. */
const mostBytes = 64 * 1024 * 1024;

/** Opens a line. */
export async function startDelayLine({ target, milliseconds }: DelayOptions): Promise<DelayLine> {
  const sockets: Socket[] = [];
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const far = connect({ ...target, noDelay: true, allowHalfOpen: true });
    sockets.push(near, far);
    delay(near, far, milliseconds);
    delay(far, near, milliseconds);
  });
  await new Promise<void>((resolve) => server.listen(0, peerHost, resolve));
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: (server.address() as AddressInfo).port, stop };
}

interface Parcel {
  readonly due: number;
  /** Undefined is the end. */
  readonly bytes: Buffer | undefined;
}

function delay(from: Socket, to: Socket, milliseconds: number): void {
  const waiting: Parcel[] = [];
  let bytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const deliver = (): void => {
    timer = undefined;
    const now = performance.now();
    for (let next = waiting[0]; next && next.due <= now; next = waiting[0]) {
      waiting.shift();
      bytes -= next.bytes?.length ?? 0;
      if (next.bytes) to.write(next.bytes);
      else to.end();
    }
    if (bytes < mostBytes) from.resume();
    const [next] = waiting;
    if (next) timer = setTimeout(deliver, next.due - now);
  };
  const add = (chunk: Buffer | undefined): void => {
    waiting.push({ due: performance.now() + milliseconds, bytes: chunk });
    bytes += chunk?.length ?? 0;
    if (bytes >= mostBytes) from.pause();
    timer ??= setTimeout(deliver, milliseconds);
  };
  from.on("data", add);
  from.on("end", () => add(undefined));
  from.on("error", () => to.destroy());
  from.on("close", () => {
    if (from.errored) clearTimeout(timer);
  });
}
