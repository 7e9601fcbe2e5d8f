import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { newEvidenceSigner, readEvidenceSigner } from "./evidence-signer.ts";

const sha256 = "0123456789abcdef".repeat(4);

test("S70 a signature is checked with nothing but the published key", () => {
  const signer = newEvidenceSigner(generateKeyPairSync("ed25519").privateKey);
  const key = createPublicKey(signer.publicKey);
  const signature = Buffer.from(signer.sign(sha256), "base64");
  expect(verify(null, Buffer.from(sha256), key, signature)).toBe(true);
  expect(verify(null, Buffer.from(sha256.replace("0", "1")), key, signature)).toBe(false);
});

test("the id of a key follows from the key", () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  expect(newEvidenceSigner(privateKey).keyId).toBe(newEvidenceSigner(privateKey).keyId);
  expect(newEvidenceSigner(privateKey).keyId).toMatch(/^[0-9a-f]{16}$/);
});

test("another kind of key is refused with the command that makes the right one", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const path = join(mkdtempSync(join(tmpdir(), "openreg-key-")), "private.pem");
  writeFileSync(path, privateKey.export({ type: "pkcs8", format: "pem" }));
  expect(() => readEvidenceSigner(path)).toThrow("openssl genpkey -algorithm ed25519");
});
