/** Writes kubeconfig files that hold their certificates themselves. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { issueCertificate } from "./certificates.ts";

/** Who a kubeconfig is for and where the API server is. */
export type KubeconfigRequest = {
  readonly certificates: string;
  readonly path: string;
  readonly url: string;
  readonly context: string;
  readonly user: string;
  readonly organization?: string;
};

/** Issues a client certificate for the user and writes a kubeconfig (mode 0600) with it. */
export async function writeKubeconfig(request: KubeconfigRequest): Promise<void> {
  const { certificates, path, url, context, user, organization } = request;
  const name = `client-${user.replaceAll(/[^a-z0-9]+/g, "-")}`;
  await issueCertificate(certificates, { name, commonName: user, ...(organization ? { organization } : {}) });
  const base64 = async (file: string) => (await readFile(join(certificates, file))).toString("base64");
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": context,
    clusters: [{ name: context, cluster: { server: url, "certificate-authority-data": await base64("ca.crt") } }],
    users: [
      {
        name: user,
        user: {
          "client-certificate-data": await base64(`${name}.crt`),
          "client-key-data": await base64(`${name}.key`),
        },
      },
    ],
    contexts: [{ name: context, context: { cluster: context, user } }],
  };
  // JSON is YAML.
  await writeFile(path, `${JSON.stringify(kubeconfig, null, 2)}\n`, { mode: 0o600 });
}
