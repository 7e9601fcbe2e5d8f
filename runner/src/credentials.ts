/** Owns how credentials come to the one place that needs them: checked against address and mode first, never logged, never kept. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { causedBy, codeOf, messageOf, StepError } from "./errors.ts";

/** The credentials of one Connector or Destination, released because its Secret allows the address. */
export interface Credentials {
  /** The value of a key. Throws StepError `SecretKeyMissing` when the Secret has none. */
  required(key: string): string;
  optional(key: string): string | undefined;
  /** PEM text of the authorities to trust, where the definition names a Secret for it. */
  readonly certificateAuthority: string | undefined;
}

/** Whose credentials are asked for, and for which address. */
export interface CredentialRequest {
  readonly kind: "connectors" | "destinations";
  readonly name: string;
  readonly secret: string;
  /** `host:port`, exactly as the definition pins it. */
  readonly endpoint: string;
  /** The mode that the Secret must repeat; Destinations only. */
  readonly mode?: string | undefined;
  readonly certificateAuthoritySecret?: string | undefined;
}

/** Reads the keys of a Secret; undefined when the key (or the whole Secret) is not there. */
export interface SecretReader {
  readonly key: (folder: string, key: string) => Promise<string | undefined>;
  readonly exists: (folder: string) => Promise<boolean>;
  /** The key `ca.crt` of the Secret with the certificate authorities of a Connector. */
  readonly certificateAuthority: (connector: string) => Promise<string | undefined>;
}

/** Releases the credentials of a request, or throws StepError. `graceOver` says that a missing Secret is not waited for any longer. */
export async function releaseCredentials(
  reader: SecretReader,
  request: CredentialRequest,
  graceOver: boolean,
): Promise<Credentials> {
  const folder = `${request.kind}/${request.name}`;
  if (!(await reader.exists(folder))) {
    const message = `Secret ${request.secret} of ${subjectOf(request)} is not in the namespace; create it with the keys ${keysOf(request)}`;
    throw new StepError("SecretNotFound", message, { retryable: !graceOver });
  }
  const missing = (key: string): StepError =>
    new StepError("SecretKeyMissing", `Secret ${request.secret} of ${subjectOf(request)} has no key ${key}; add it`, {
      retryable: !graceOver,
    });
  await checkEndpoint(reader, folder, request, missing);
  if (request.mode !== undefined) await checkMode(reader, folder, request, missing);
  const values = new Map<string, string>();
  for (const key of ["username", "password", "privateKey", "passphrase", "revision"]) {
    const value = await reader.key(folder, key);
    if (value !== undefined) values.set(key, key === "privateKey" ? value : withoutLineEnd(value));
  }
  const authority = request.certificateAuthoritySecret;
  const certificateAuthority = authority === undefined ? undefined : await reader.certificateAuthority(request.name);
  if (authority !== undefined && certificateAuthority === undefined) {
    throw new StepError("SecretKeyMissing", `Secret ${authority} of ${subjectOf(request)} has no key ca.crt; add it`, {
      retryable: !graceOver,
    });
  }
  return {
    certificateAuthority,
    optional: (key) => values.get(key),
    required: (key) => {
      const value = values.get(key);
      if (value === undefined || value === "") throw missing(key);
      return value;
    },
  };
}

type Missing = (key: string) => StepError;

/** The Secret names the addresses it may be used for; without that key it cannot be used at all. */
async function checkEndpoint(
  reader: SecretReader,
  folder: string,
  request: CredentialRequest,
  missing: Missing,
): Promise<void> {
  const text = await reader.key(folder, "endpoint");
  if (text === undefined) throw missing("endpoint");
  const allowed = text.split("\n").map((line) => line.trim());
  if (allowed.includes(request.endpoint)) return;
  const message = `Secret ${request.secret} does not allow ${request.endpoint}, the address of ${subjectOf(request)}; add it to its key endpoint`;
  throw new StepError("EndpointNotAllowed", message);
}

async function checkMode(
  reader: SecretReader,
  folder: string,
  request: CredentialRequest,
  missing: Missing,
): Promise<void> {
  const mode = await reader.key(folder, "mode");
  if (mode === undefined) throw missing("mode");
  if (mode.trim() === request.mode) return;
  const message = `Secret ${request.secret} is for mode ${JSON.stringify(mode.trim())}, but ${subjectOf(request)} is for ${request.mode}; name a Secret whose key mode is ${request.mode}`;
  throw new StepError("ModeNotAllowed", message);
}

/** Where the kubelet mounts Secrets. */
export interface SecretPaths {
  readonly credentials: string;
  readonly certificates: string;
}

/** Reads Secrets from the folders into which the kubelet mounts them. */
export function mountedSecrets({ credentials: root, certificates }: SecretPaths): SecretReader {
  const read = async (path: string): Promise<string | undefined> => {
    try {
      return await readFile(path, "utf8");
    } catch (error) {
      if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
      throw causedBy(error, "InternalError", `the mounted Secret at ${path} cannot be read: ${messageOf(error)}`);
    }
  };
  const keys = ["endpoint", "username", "password", "privateKey"];
  return {
    key: (folder, key) => read(join(root, folder, key)),
    certificateAuthority: (connector) => read(join(certificates, connector, "ca.crt")),
    // an optional Secret that is not there is mounted as an empty folder
    exists: async (folder) =>
      (await Promise.all(keys.map((key) => read(join(root, folder, key))))).some((one) => one !== undefined),
  };
}

/** Holds Secrets in memory, by `connectors/<name>`, `destinations/<name>` and `certificates/<connector>`: for a laptop, with the same checks. */
export function secretsInMemory(secrets: Readonly<Record<string, Readonly<Record<string, string>>>>): SecretReader {
  const values = new Map(Object.entries(secrets).map(([folder, keys]) => [folder, new Map(Object.entries(keys))]));
  return {
    key: async (folder, key) => values.get(folder)?.get(key),
    certificateAuthority: async (connector) => values.get(`certificates/${connector}`)?.get("ca.crt"),
    exists: async (folder) => values.has(folder),
  };
}

function subjectOf(request: CredentialRequest): string {
  return `${request.kind === "connectors" ? "Connector" : "Destination"} ${request.name}`;
}

function keysOf(request: CredentialRequest): string {
  return request.kind === "connectors"
    ? "username, password and endpoint"
    : "username, password or privateKey, endpoint and mode";
}

/** Files made by `echo` end in a line break that is no part of a password. */
function withoutLineEnd(value: string): string {
  return value.replace(/\r?\n$/, "");
}
