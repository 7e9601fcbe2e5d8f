/** Owns telling a server to give a query up: without it the server works on after we hung up. */
import type { Duplex } from "node:stream";
import type { Client } from "pg";
import type { Network } from "../../network/address-guard.ts";

const cancelCode = 80877102; // 1234 in the upper half, 5678 in the lower; https://www.postgresql.org/docs/current/protocol-message-formats.html
const patienceMilliseconds = 2_000;

interface OpenClient {
  readonly host: string;
  readonly port: number;
  readonly processID: number | null;
  readonly secretKey: number | null;
  readonly connection: { readonly stream: Duplex };
}

/** Asks the server to cancel what a client waits for, then hangs up. Never throws: a server that cannot be asked is left to its own timeout. */
export function hangUp(client: Client, network: Network): void {
  const { host, port, processID, secretKey, connection } = client as unknown as OpenClient;
  if (processID === null || secretKey === null) {
    connection.stream.destroy();
    return;
  }
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(cancelCode, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  const socket = network.newSocket().connect(port, host);
  socket.setTimeout(patienceMilliseconds, () => socket.destroy());
  socket.on("error", () => {}); // then its close hangs up all the same
  socket.on("close", () => connection.stream.destroy());
  socket.end(request);
}
