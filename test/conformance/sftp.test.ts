/** Holds the kind sftp to what every Destination must do, against OpenSSH, and to what is its own. */
import { chmod } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Credentials } from "../../runner/src/credentials.ts";
import { newSftpDestination } from "../../runner/src/destinations/sftp/destination.ts";
import { newNetwork } from "../../runner/src/network/address-guard.ts";
import { newSftpDestinationFor } from "../integration/runner/test-plan.ts";
import { startCutter } from "../peers/cutter.ts";
import { type OddSftpOptions, startOddSftp } from "../peers/odd-sftp.ts";
import { type OpensshPeer, startOpenssh } from "../peers/openssh.ts";
import { parcelOf, testDestination, tryOf } from "./destination.ts";

const { Server, utils } = ssh2;
const network = newNetwork({ allowLoopback: true, apiServer: [] });
let peer: OpensshPeer;
beforeAll(async () => {
  peer = await startOpenssh();
});
afterAll(() => peer?.stop());

const credentialsOf = (values: Record<string, string>): Credentials => ({
  certificateAuthority: undefined,
  optional: (key) => values[key],
  required: (key) => values[key] ?? "",
});
type Settings = ReturnType<typeof newSftpDestinationFor>;

function make(
  sftp: Partial<Settings["sftp"]> = {},
  delivery: Partial<Settings["delivery"]> = {},
  values: Record<string, string> = {},
) {
  const settings = newSftpDestinationFor(peer);
  const merged = { ...settings, sftp: { ...settings.sftp, ...sftp }, delivery: { ...settings.delivery, ...delivery } };
  return newSftpDestination(
    merged,
    credentialsOf({ username: peer.username, privateKey: peer.privateKey, ...values }),
    network,
  );
}

describe("sftp", () => testDestination({ make: () => make(), receiver: () => peer }));

const otherKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
const rsaKey = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDAu7IPq5S8c5d2Y0pX9bF0qMZ0";
const refusals: Record<string, { make: () => ReturnType<typeof make>; code: string; message: RegExp }> = {
  "D7: refuses a host key that is not pinned": {
    make: () => make({ hostKeys: [otherKey] }),
    code: "HostKeyMismatch",
    message: /SHA256:/,
  },
  "D7: refuses a server that has no key of a pinned type": {
    make: () => make({ hostKeys: [rsaKey] }),
    code: "HostKeyMismatch",
    message: /host key/,
  },
  "says that the directory is missing": {
    make: () => make({ directory: "/nowhere/at/all" }),
    code: "DestinationDirectoryMissing",
    message: /nowhere/,
  },
  "says that the user is refused": {
    make: () => make({}, {}, { username: "stranger" }),
    code: "DestinationAuthenticationFailed",
    message: /authentication/,
  },
  "says that the key cannot be read": {
    make: () => make({}, {}, { privateKey: "no key" }),
    code: "DestinationAuthenticationFailed",
    message: /privateKey/,
  },
  "says that the host is unknown": {
    make: () => make({ host: "receiver.invalid" }),
    code: "DestinationHostUnknown",
    message: /receiver.invalid/,
  },
  "says that nobody listens": {
    make: () => make({ port: 1 }),
    code: "DestinationUnavailable",
    message: /ECONNREFUSED/,
  },
};
test.each(Object.entries(refusals))("%s", async (_sentence, { make: makeOne, code, message }) => {
  const probed = makeOne().probe(new AbortController().signal);
  await expect(probed).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

test("says that the receiver refuses to write", async () => {
  await chmod(peer.directory, 0o555);
  try {
    await expect(make().deliver(parcelOf("refused.csv", "x"), tryOf("refused.csv"))).rejects.toMatchObject({
      code: "DestinationRefused",
    });
  } finally {
    await chmod(peer.directory, 0o777);
  }
});

test("D5: proves the size only where it may not read", async () => {
  const handover = await make({}, { verify: "Size" }).deliver(parcelOf("sized.csv", "12345"), tryOf("sized.csv"));
  expect(handover).toEqual({ location: expect.stringContaining("sized.csv"), sizeBytes: 5, verifiedBy: "Size" });
  const unverified = await make({}, { verify: "None" }).deliver(
    parcelOf("unproven.csv", "12345"),
    tryOf("unproven.csv"),
  );
  expect(unverified).toMatchObject({ verifiedBy: "None" });
});

describe.each(["Size", "None"] as const)("D3: with verify %s, what lies at the name before us", (verify) => {
  const deliver = (name: string, mayBeThere = false) =>
    make({}, { verify }).deliver(parcelOf(name, "ours"), tryOf(name, { mayBeThere }));

  test("is a conflict when it only has our size, even if we may have been there", async () => {
    await peer.put(`foreign-${verify}.csv`, "suor");
    for (const mayBeThere of [false, true]) {
      await expect(deliver(`foreign-${verify}.csv`, mayBeThere)).rejects.toMatchObject({ code: "DeliveryConflict" });
    }
  });

  test("is done when it is our file", async () => {
    await peer.put(`same-${verify}.csv`, "ours");
    expect(await deliver(`same-${verify}.csv`)).toMatchObject({ verifiedBy: "Hash" });
  });

  test("counts by its size where reading is refused, only after an earlier try of ours", async () => {
    const name = `closed-${verify}.csv`;
    await peer.put(name, "ours");
    await chmod(join(peer.directory, name), 0);
    await expect(deliver(name)).rejects.toMatchObject({
      code: "DeliveryConflict",
      message: expect.stringMatching(/does not let us read/),
    });
    expect(await deliver(name, true)).not.toHaveProperty("sha256");
  });
});

test("D4: a rename whose reply was lost is found by the next try", async () => {
  const controller = new AbortController();
  const failpoint = async (point: string) => {
    if (point === "rename.after") controller.abort(new Error("cut"));
  };
  const how = tryOf("lost.csv", { failpoint, signal: controller.signal });
  await expect(make().deliver(parcelOf("lost.csv", "once"), how)).rejects.toThrow("cut");
  expect(await make().deliver(parcelOf("lost.csv", "once"), tryOf("lost.csv"))).toMatchObject({ verifiedBy: "Hash" });
});

test.each([
  ["D2: cut while connecting", 500, "hang up"],
  ["D2: cut in the middle", 200_000, "hang up"],
  ["D6: mute in the middle", 200_000, "mute"],
] as const)("%s is trouble that passes, and the name stays free", async (sentence, limit, end) => {
  const name = `${sentence.replaceAll(/\W+/g, "-")}.csv`;
  const cutter = await startCutter({ target: peer, limitBytes: limit, end });
  try {
    const through = make({ port: cutter.port }, { timeoutSeconds: 1 });
    await expect(through.deliver(parcelOf(name, "x".repeat(1_000_000)), tryOf(name))).rejects.toMatchObject({
      code: "DestinationUnavailable",
      retryable: true,
    });
  } finally {
    await cutter.stop();
  }
  expect(Object.keys(await peer.files())).not.toContain(name);
  await make().deliver(parcelOf(name, "x".repeat(1_000_000)), tryOf(name));
  expect(Object.keys(await peer.files()).filter((file) => file.startsWith(name))).toEqual([name]);
});

test("S2: a server with a key that is not pinned hears no name and no password", async () => {
  const heard: string[] = [];
  const hostKey = utils.generateKeyPairSync("ed25519").private;
  const server = new Server({ hostKeys: [hostKey] }, (client) => {
    client.on("authentication", (context) => {
      heard.push(`${context.username} ${context.method}`);
      context.reject();
    });
    client.on("error", () => {}); // the other side hangs up
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const probed = make({ port }, {}, { password: "canary-password" }).probe(new AbortController().signal);
  await expect(probed).rejects.toMatchObject({ code: "HostKeyMismatch" });
  expect(heard).toEqual([]);
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

test("takes a password where there is no key", async () => {
  const heard: string[] = [];
  const pair = utils.generateKeyPairSync("ed25519");
  const server = new Server({ hostKeys: [pair.private] }, (client) => {
    client.on("authentication", (context) => {
      if (context.method !== "password") return context.reject(["password"]);
      heard.push(context.password);
      context.reject();
    });
    client.on("error", () => {}); // the other side hangs up
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const pinned = pair.public.split(" ").slice(0, 2).join(" ");
  const withPassword = make({ port, hostKeys: [pinned] }, {}, { privateKey: "", password: "of the receiver" });
  const refused = withPassword.probe(new AbortController().signal);
  await expect(refused).rejects.toMatchObject({ code: "DestinationAuthenticationFailed" });
  expect(heard).toEqual(["of the receiver"]);
  await expect(refused).rejects.not.toThrow("of the receiver");
  await new Promise<void>((resolve) => server.close(() => resolve()));
});

test("reads a file back once, and hashes it as it goes out", async () => {
  const content = "0123456789abcdef".repeat(200_000);
  const line = await startCutter({ target: peer, limitBytes: Number.POSITIVE_INFINITY });
  const handover = await make({ port: line.port }).deliver(parcelOf("once-back.csv", content), tryOf("once-back.csv"));
  await line.stop();
  expect(handover).toMatchObject({ verifiedBy: "Hash" });
  for (const way of ["towards", "back"] as const) {
    expect(line.passed[way]).toBeGreaterThan(content.length);
    expect(line.passed[way]).toBeLessThan(content.length * 1.1);
  }
});

/** Delivers to a server that is not OpenSSH. */
async function deliverToOdd(name: string, content: string, options: OddSftpOptions = {}) {
  const odd = await startOddSftp(options);
  const { host, port, directory } = odd;
  const to = make({ host, port, directory, hostKeys: [odd.hostKey] });
  const result = await to.deliver(parcelOf(name, content), tryOf(name)).then(
    (handover) => ({ handover }),
    (error: unknown) => ({ error }),
  );
  await odd.stop();
  return { odd, ...result };
}

test("sends requests of 32 KiB to a server that does not say what it takes, and reads on where it answers short", async () => {
  const content = "0123456789abcdef".repeat(20_000);
  const { odd, ...result } = await deliverToOdd("odd.csv", content, { readBytes: 10_001 });
  expect(result).toMatchObject({ handover: { verifiedBy: "Hash" } });
  expect([...odd.files].map(([path, bytes]) => [path, bytes.toString() === content])).toEqual([
    ["/inbox/odd.csv", true],
  ]);
  expect(odd.largestWrite()).toBe(32 * 1024);
});

test.each([
  ["a changed byte", (content: Buffer) => Buffer.concat([content.subarray(1), Buffer.from("!")])],
  ["a lost end", (content: Buffer) => content.subarray(0, -1)],
])("%s in what the receiver keeps is found before the name is given", async (_sentence, onClosed) => {
  const { odd, ...result } = await deliverToOdd("kept.csv", "x".repeat(100_000), { onClosed });
  expect(result).toMatchObject({ error: { code: "DeliveryNotVerified" } });
  expect([...odd.files.keys()]).toEqual([]);
});

test("D13: a listing without end does not hold a delivery up", async () => {
  const { odd, ...result } = await deliverToOdd("listed.csv", "x", { listsForever: true });
  expect(result).toMatchObject({ handover: { verifiedBy: "Hash" } });
  expect(odd.listed()).toBeLessThanOrEqual(101_000);
});
