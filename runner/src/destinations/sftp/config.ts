/** Owns how a Destination of kind sftp becomes a connection: address, pinned host keys, credentials. */
import { createHash, timingSafeEqual } from "node:crypto";
import type { ConnectConfig, ServerHostKeyAlgorithm } from "ssh2";
import type { Credentials } from "../../credentials.ts";
import { StepError } from "../../errors.ts";
import type { DestinationSettings } from "../registry.ts";

const connectTimeoutMilliseconds = 20_000;

/** Which signatures a key of a type may make; SHA-1 is not among them. */
const algorithmsOf: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
};

/** The settings of a connection. `onHostKey` hears whether the key that the server shows is pinned. */
export function connectConfig(
  settings: DestinationSettings,
  credentials: Credentials,
  onHostKey: (isPinned: boolean, fingerprint: string) => void,
): ConnectConfig {
  const { host, port, hostKeys } = settings.sftp;
  const pinned = hostKeys.map((line) => Buffer.from(line.split(" ")[1] ?? "", "base64"));
  // only types that are pinned are asked for: a server with several keys must show one of ours
  const serverHostKey = [...new Set(hostKeys.flatMap((line) => algorithmsOf[line.split(" ")[0] ?? ""] ?? []))];
  return {
    host,
    port,
    username: credentials.required("username"),
    ...authenticationOf(settings, credentials),
    readyTimeout: connectTimeoutMilliseconds,
    keepaliveInterval: 15_000,
    keepaliveCountMax: 4,
    algorithms: { serverHostKey },
    hostVerifier: (key: Buffer) => {
      const isPinned = pinned.some((one) => one.length === key.length && timingSafeEqual(one, key));
      onHostKey(isPinned, `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`);
      return isPinned;
    },
  };
}

function authenticationOf({ name, credentialsSecret }: DestinationSettings, credentials: Credentials): ConnectConfig {
  const privateKey = credentials.optional("privateKey");
  const passphrase = credentials.optional("passphrase");
  if (privateKey) return { privateKey, ...(passphrase && { passphrase }) };
  const password = credentials.optional("password");
  if (password) return { password };
  const message = `Secret ${credentialsSecret} of Destination ${name} has neither password nor privateKey; add one`;
  throw new StepError("SecretKeyMissing", message);
}
