/** Proves that no key of a Secret is read before the Secret allows the address, and that missing parts are named. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type CredentialRequest,
  mountedSecrets,
  releaseCredentials,
  type SecretReader,
  secretsInMemory,
} from "./credentials.ts";

const request: CredentialRequest = {
  kind: "destinations",
  name: "regulator",
  secret: "regulator-live",
  endpoint: "sftp.example:22",
  mode: "Live",
};
const whole = { username: "u", password: "p\n", endpoint: "sftp.example:22", mode: "Live" };

function spied(keys: Readonly<Record<string, string>>): { reader: SecretReader; asked: string[] } {
  const asked: string[] = [];
  const inner = secretsInMemory({ "destinations/regulator": keys });
  const key: SecretReader["key"] = (folder, name) => {
    asked.push(name);
    return inner.key(folder, name);
  };
  return { reader: { ...inner, key }, asked };
}

const refusals: Record<string, { keys: Readonly<Record<string, string>>; endpoint?: string; code: string }> = {
  "an address that is not listed": { keys: whole, endpoint: "evil.example:22", code: "EndpointNotAllowed" },
  "another port": { keys: whole, endpoint: "sftp.example:2222", code: "EndpointNotAllowed" },
  "an address that only begins like a listed one": {
    keys: { ...whole, endpoint: "sftp.example:22222" },
    code: "EndpointNotAllowed",
  },
  "an address in other letters": { keys: { ...whole, endpoint: "SFTP.example:22" }, code: "EndpointNotAllowed" },
  "a Secret without the key endpoint": {
    keys: { username: "u", password: "p", mode: "Live" },
    code: "SecretKeyMissing",
  },
  "a Secret of the other mode": { keys: { ...whole, mode: "Test" }, code: "ModeNotAllowed" },
  "a Secret without the key mode": {
    keys: { username: "u", password: "p", endpoint: whole.endpoint },
    code: "SecretKeyMissing",
  },
};
test.each(Object.entries(refusals))(
  "S2: refuses %s before any credential is read",
  async (_sentence, { keys, endpoint = request.endpoint, code }) => {
    const { reader, asked } = spied(keys);
    await expect(releaseCredentials(reader, { ...request, endpoint }, false)).rejects.toMatchObject({ code });
    expect(asked.filter((key) => !["endpoint", "mode"].includes(key))).toEqual([]);
  },
);

test("releases what the Secret holds, without the line break that echo adds", async () => {
  const { reader } = spied({ ...whole, endpoint: "a:1\r\n sftp.example:22 \n" });
  const credentials = await releaseCredentials(reader, request, false);
  expect(credentials.required("password")).toBe("p");
  expect(credentials.optional("privateKey")).toBeUndefined();
  expect(() => credentials.required("privateKey")).toThrow(/no key privateKey/);
});

test("waits for a missing Secret only for a while", async () => {
  const reader = secretsInMemory({});
  await expect(releaseCredentials(reader, request, false)).rejects.toMatchObject({
    code: "SecretNotFound",
    retryable: true,
  });
  await expect(releaseCredentials(reader, request, true)).rejects.toMatchObject({
    code: "SecretNotFound",
    retryable: false,
  });
});

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "openreg-secrets-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test("reads mounted Secrets, and takes an empty folder for a Secret that is not there", async () => {
  const reader = mountedSecrets({ credentials: join(root, "credentials"), certificates: join(root, "certificates") });
  await mkdir(join(root, "credentials/destinations/regulator"), { recursive: true });
  await mkdir(join(root, "certificates/warehouse"), { recursive: true });
  expect(await reader.exists("destinations/regulator")).toBe(false);
  for (const [key, value] of Object.entries(whole))
    await writeFile(join(root, "credentials/destinations/regulator", key), value);
  await writeFile(join(root, "certificates/warehouse/ca.crt"), "PEM");
  expect((await releaseCredentials(reader, request, false)).required("username")).toBe("u");
  expect(await reader.certificateAuthority("warehouse")).toBe("PEM");
});
