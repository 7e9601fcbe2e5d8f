/** Proves D2 and D4: wherever the line to a receiver breaks, the next try ends with one whole file. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Credentials } from "../../runner/src/credentials.ts";
import { newSftpDestination } from "../../runner/src/destinations/sftp/destination.ts";
import { newNetwork } from "../../runner/src/network/address-guard.ts";
import { parcelOf, tryOf } from "../conformance/destination.ts";
import { newSftpDestinationFor } from "../integration/runner/test-plan.ts";
import { startCutter } from "../peers/cutter.ts";
import { type OpensshPeer, startOpenssh } from "../peers/openssh.ts";

const network = newNetwork({ allowLoopback: true, apiServer: [] });
const content = "0123456789abcdef".repeat(40_000); // 640 kB
const stepBytes = { towards: 64 * 1024, back: 512 };
let peer: OpensshPeer;

beforeAll(async () => {
  peer = await startOpenssh();
});
afterAll(() => peer?.stop());

function destinationAt(port: number) {
  const settings = newSftpDestinationFor({ ...peer, port });
  const values: Record<string, string> = { username: peer.username, privateKey: peer.privateKey };
  const credentials: Credentials = {
    certificateAuthority: undefined,
    optional: (key) => values[key],
    required: (key) => values[key] ?? "",
  };
  return newSftpDestination(
    { ...settings, delivery: { ...settings.delivery, timeoutSeconds: 5 } },
    credentials,
    network,
  );
}

/** How many bytes go each way when nothing breaks. */
async function wholeLength(): Promise<{ towards: number; back: number }> {
  const line = await startCutter({ target: peer, limitBytes: Number.POSITIVE_INFINITY });
  await destinationAt(line.port).deliver(parcelOf("measured.csv", content), tryOf("measured.csv"));
  await line.stop();
  return line.passed;
}

test.each(["towards", "back"] as const)(
  "cut after every few bytes %s the receiver: one whole file, never a wrong one",
  async (direction) => {
    const length = (await wholeLength())[direction];
    // the read back of the whole file is in `back`: there the small messages at both ends are what matters
    const points: number[] = [];
    for (
      let at = 1;
      at <= length;
      at += direction === "back" && at > 8192 && at < length - 8192 ? 64 * 1024 : stepBytes[direction]
    )
      points.push(at);
    points.push(length - 1);
    let cuts = 0;
    for (const limitBytes of points) {
      const name = `${direction}-${limitBytes}.csv`;
      const line = await startCutter({ target: peer, limitBytes, direction });
      const failure = await destinationAt(line.port)
        .deliver(parcelOf(name, content), tryOf(name))
        .then(
          () => undefined,
          (error: unknown) => error,
        );
      await line.stop();
      if (failure) {
        cuts += 1;
        expect(failure, name).toMatchObject({ retryable: true });
      }
      const held = (await peer.files())[name];
      expect(held === undefined || held === content, `${name} after the cut`).toBe(true);
      expect(await destinationAt(peer.port).deliver(parcelOf(name, content), tryOf(name))).toMatchObject({
        verifiedBy: "Hash",
      });
      const files = Object.entries(await peer.files()).filter(([file]) => file.startsWith(name));
      expect(files.map(([file, text]) => [file, text === content])).toEqual([[name, true]]);
    }
    expect(cuts).toBeGreaterThan(points.length / 2);
  },
);
