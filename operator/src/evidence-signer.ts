/** Owns the operator's key: it signs the hash of evidence, and publishes the public half for whoever checks it. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { managedLabels } from "@openreg/crds";
import type { ApiClient } from "./controller/api-client.ts";
import type { ConfigMap } from "./objects.ts";
import { configMaps } from "./resources.ts";

/** Signs evidence. */
export interface EvidenceSigner {
  readonly keyId: string;
  /** The public key as PEM. */
  readonly publicKey: string;
  /** Ed25519 over the 64 hex digits of a sha256, as text; the signature is base64. */
  sign(sha256: string): string;
}

/** The name of the ConfigMap with the public keys, in the operator's namespace. */
export const evidenceKeysName = "openreg-evidence-keys";

/** A signer with the key in a PEM file. Throws when the file cannot be read or holds no Ed25519 key. */
export function readEvidenceSigner(path: string): EvidenceSigner {
  const key = createPrivateKey(readFileSync(path));
  if (key.asymmetricKeyType !== "ed25519") {
    throw new Error(
      `the evidence key in ${path} is of type ${key.asymmetricKeyType}: make one with 'openssl genpkey -algorithm ed25519'`,
    );
  }
  return newEvidenceSigner(key);
}

/** A signer with an Ed25519 private key. */
export function newEvidenceSigner(key: KeyObject): EvidenceSigner {
  const publicKey = createPublicKey(key);
  const der = publicKey.export({ type: "spki", format: "der" });
  return {
    keyId: createHash("sha256").update(der).digest("hex").slice(0, 16),
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
    sign: (sha256) => sign(null, Buffer.from(sha256, "utf8"), key).toString("base64"),
  };
}

/** Adds the public key to the ConfigMap of public keys; keys that signed earlier stay in it. */
export async function publishEvidenceKey(
  client: Pick<ApiClient, "find" | "create" | "mergePatch">,
  namespace: string,
  { keyId, publicKey }: EvidenceSigner,
): Promise<void> {
  const key = { namespace, name: evidenceKeysName };
  const data = { [`${keyId}.pem`]: publicKey };
  const existing = await client.find<ConfigMap>(configMaps, key);
  if (existing?.data?.[`${keyId}.pem`] === publicKey) return;
  if (existing) {
    await client.mergePatch(configMaps, key, { data });
    return;
  }
  const labels = { ...managedLabels, "app.kubernetes.io/component": "evidence-keys" };
  await client.create<ConfigMap>(configMaps, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { ...key, labels },
    data,
  });
}
