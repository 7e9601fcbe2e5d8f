/** Proves how credentials reach a request, and that a renewed token is used. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { toClusterAccess } from "./cluster-access.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "openreg-access-"));
});

afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true });
});

/** A kubeconfig as a Pod has it: a token file and the certificate of the authority. */
function podConfig(): KubeConfig {
  writeFileSync(join(folder, "token"), "first");
  writeFileSync(join(folder, "ca.crt"), "certificate");
  const config = new KubeConfig();
  const authProvider = { name: "tokenFile", config: { tokenFile: join(folder, "token") } };
  config.loadFromClusterAndUser(
    { name: "pod", server: "https://10.96.0.1:443/", caFile: join(folder, "ca.crt"), skipTLSVerify: false },
    { name: "pod", authProvider },
  );
  return config;
}

test("R9: a token that was renewed is used within a minute, a new authority at once", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const access = toClusterAccess(podConfig());
  expect(access.server).toBe("https://10.96.0.1:443");
  expect((await access.credentials()).headers.Authorization).toBe("Bearer first");
  writeFileSync(join(folder, "token"), "second");
  writeFileSync(join(folder, "ca.crt"), "new certificate");
  vi.setSystemTime(Date.now() + 61_000);
  const { headers, tls } = await access.credentials();
  expect([headers.Authorization, String(tls.ca)]).toEqual(["Bearer second", "new certificate"]);
});

test("says what is wrong with a kubeconfig that cannot be used", () => {
  const proxied = podConfig();
  Object.assign(proxied.clusters[0] as object, { proxyUrl: "http://proxy:3128" });
  expect(() => toClusterAccess(proxied)).toThrow("has proxy-url, which is not supported");
  const empty = new KubeConfig();
  empty.setCurrentContext("nowhere");
  expect(() => toClusterAccess(empty)).toThrow("context 'nowhere' names no cluster");
});
