/** Proves S20: each kind of address with its one verdict, in every spelling. */

import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { newNetwork, refusalOf } from "./address-guard.ts";

const inCluster = { allowLoopback: false, apiServer: ["10.96.0.1", "fd00::1"] };

const verdicts: Record<string, string | undefined> = {
  "127.0.0.1": "loopback",
  "127.255.255.254": "loopback",
  "::1": "loopback",
  "0:0:0:0:0:0:0:1": "loopback",
  "::ffff:127.0.0.1": "loopback",
  "::ffff:7f00:1": "loopback",
  "64:ff9b::7f00:1": "loopback",
  "2002:7f00:1::": "loopback",
  "0.0.0.0": "unspecified",
  "::": "unspecified",
  "169.254.169.254": "link-local",
  "::ffff:169.254.169.254": "link-local",
  "fe80::1": "link-local",
  "fe80::1%eth0": "link-local",
  "fd00:ec2::254": "a metadata service",
  "224.0.0.1": "multicast",
  "ff02::1": "multicast",
  "255.255.255.255": "reserved",
  "192.0.2.1": "reserved for documentation",
  "2001:db8::1": "reserved for documentation",
  "198.19.0.1": "reserved for benchmarks",
  "10.96.0.1": "the API server",
  "::ffff:10.96.0.1": "the API server",
  "fd00:0::1": "the API server",
  "10.244.0.7": undefined,
  "10.96.0.2": undefined,
  "172.16.0.1": undefined,
  "192.168.1.1": undefined,
  "100.64.0.1": undefined,
  "fc00::1": undefined,
  "8.8.8.8": undefined,
  "2606:4700::1111": undefined,
};
test.each(Object.entries(verdicts))("judges %s as %s", (address, verdict) =>
  expect(refusalOf(address, inCluster)).toBe(verdict),
);

test("outside a cluster loopback is allowed, and nothing else more", () => {
  const laptop = { allowLoopback: true, apiServer: [] };
  expect(refusalOf("127.0.0.1", laptop)).toBeUndefined();
  expect(refusalOf("169.254.169.254", laptop)).toBe("link-local");
});

test.each(["localhost", "127.0.0.1", "127.1", "2130706433", "0x7f.1", "::1", "[::1]".slice(1, -1)])(
  "S20: a listening peer at %s hears nothing",
  async (host) => {
    const heard: string[] = [];
    const server = createServer((socket) => {
      heard.push("connection");
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, host.includes(":") ? "::1" : "127.0.0.1", resolve)).catch(
      () => {},
    );
    const { port } = server.address() as AddressInfo;
    const socket = newNetwork(inCluster).newSocket();
    const failed = new Promise((resolve) => socket.on("error", resolve));
    socket.connect(port, host);
    expect(await failed).toMatchObject({ code: "AddressRefused" });
    expect(heard).toEqual([]);
    await new Promise((resolve) => server.close(resolve));
  },
);

test("connects where the policy allows", async () => {
  const server = createServer((socket) => socket.end("hello"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  for (const host of ["127.0.0.1", "localhost"]) {
    const socket = newNetwork({ allowLoopback: true, apiServer: [] }).newSocket();
    const text = new Promise((resolve) => socket.on("data", (bytes) => resolve(String(bytes))));
    socket.connect((server.address() as AddressInfo).port, host);
    expect(await text).toBe("hello");
    socket.destroy();
  }
  await new Promise((resolve) => server.close(resolve));
});
