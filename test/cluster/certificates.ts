/** Makes the cluster's certificate authority, certificates and the key that signs service account tokens, by openssl. */
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.ts";

/** One certificate: `hosts` (names or addresses) make it a server's; every one may also be used by a client. */
export type CertificateRequest = {
  readonly name: string;
  readonly commonName: string;
  readonly organization?: string;
  readonly hosts?: readonly string[];
};

const days = ["-days", "365"];
const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];

/** Makes `ca.crt`, `ca.key`, `service-account.key` and `service-account.pub` in a folder readable by root alone. */
export async function newAuthority(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  await writeFile(join(folder, "openssl.cnf"), "[req]\ndistinguished_name=dn\n[dn]\n");
  await openssl(folder, [
    ...["req", "-x509", ...newKey, ...days, "-subj", "/CN=openreg-cluster-ca", "-out", "ca.crt", "-keyout", "ca.key"],
    ...["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
  ]);
  await openssl(folder, [
    "genpkey",
    "-algorithm",
    "RSA",
    "-pkeyopt",
    "rsa_keygen_bits:2048",
    "-out",
    "service-account.key",
  ]);
  await openssl(folder, ["pkey", "-in", "service-account.key", "-pubout", "-out", "service-account.pub"]);
}

/** Issues `<name>.crt` and `<name>.key` from the folder's authority. */
export async function issueCertificate(folder: string, request: CertificateRequest): Promise<void> {
  const { name, commonName, organization, hosts = [] } = request;
  const names = hosts.map((host) => `${/^[\d.]+$/.test(host) ? "IP" : "DNS"}:${host}`).join(",");
  await openssl(folder, [
    ...["req", "-x509", "-CA", "ca.crt", "-CAkey", "ca.key", ...newKey, ...days],
    ...["-subj", `${organization ? `/O=${organization}` : ""}/CN=${commonName}`],
    ...["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=serverAuth,clientAuth"],
    ...(names ? ["-addext", `subjectAltName=${names}`] : []),
    ...["-out", `${name}.crt`, "-keyout", `${name}.key`],
  ]);
}

async function openssl(folder: string, [verb, ...args]: readonly string[]): Promise<void> {
  const config = verb === "req" ? ["-config", "openssl.cnf"] : [];
  await run("openssl", [verb as string, ...config, ...args], { cwd: folder, next: "Install openssl and try again." });
}
