/** Proves that the peers' images run as Pods without root: PostgreSQL keeps rows, OpenSSH takes files, both over TLS or SSH. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterAll, beforeAll, expect, test } from "vitest";
import { issueCertificate, newAuthority } from "../cluster/certificates.ts";
import { ensureCluster } from "../cluster/cluster.ts";
import { ensurePeerImage, type PeerName } from "../cluster/peer-images.ts";
import { newTestNamespace, restrictedContainer, restrictedPod, type TestNamespace } from "./test-namespace.ts";

const user = 10002;
let namespace: TestNamespace;
const images: Partial<Record<PeerName, string>> = {};

beforeAll(async () => {
  const cluster = await ensureCluster();
  for (const name of ["postgresql", "openssh"] as const) images[name] = await ensurePeerImage(cluster, name);
  namespace = await newTestNamespace(cluster, "peers-test");
});

afterAll(() => namespace?.remove());

test("PostgreSQL runs its first script, asks for the password and serves over a certificate that verifies", async () => {
  const certificates = await newCertificates();
  await startPeer({
    name: "postgresql",
    port: 5432,
    env: [
      { name: "POSTGRES_PASSWORD", value: "right" },
      { name: "POSTGRES_DATABASE", value: "trades" },
    ],
    files: {
      "postgresql-init": { "schema.sql": "CREATE TABLE trade (id int); INSERT INTO trade VALUES (7);" },
      "postgresql-tls": certificates,
    },
    writable: ["data"],
  });
  const ask = (password: string) =>
    namespace.kubectl([
      ...[
        "exec",
        "deployment/postgresql",
        "--",
        "env",
        `PGPASSWORD=${password}`,
        "psql",
        "-tA",
        "-c",
        "SELECT id FROM trade",
      ],
      "host=postgresql dbname=trades user=postgres sslmode=verify-full sslrootcert=/etc/postgresql-tls/ca.crt",
    ]);
  expect(await ask("right")).toBe("7\n");
  await expect(ask("wrong")).rejects.toThrow(/password authentication failed/);
});

test("OpenSSH takes a file from the holder of the key or the password, and gives no shell", async () => {
  const [host, client] = [ssh2.utils.generateKeyPairSync("ed25519"), ssh2.utils.generateKeyPairSync("ed25519")];
  await startPeer({
    name: "openssh",
    port: 2222,
    env: [],
    files: { sftp: { host_key: host.private, authorized_keys: client.public, password: "right\n" } },
    writable: ["data", "run/sftp", "tmp"],
  });
  const sh = (script: string, input = "") =>
    namespace.kubectl(["exec", "-i", "deployment/openssh", "--", "sh", "-c", `umask 077; ${script}`], input);
  await sh("cat > /tmp/key", client.private);
  await sh("cat > /tmp/hosts", `[openssh]:2222 ${host.public}\n`);
  await sh("cat > /tmp/askpass; chmod 700 /tmp/askpass", '#!/bin/sh\necho "$PASSWORD"\n');
  const common =
    "-o Port=2222 -o UserKnownHostsFile=/tmp/hosts -o StrictHostKeyChecking=yes -o NumberOfPasswordPrompts=1";
  const byKey = `${common} -o BatchMode=yes -i /tmp/key`;
  const byPassword = `${common} -o PubkeyAuthentication=no`;
  await sh(`echo put /tmp/hosts by-key.xml | sftp ${byKey} sftp@openssh`);
  expect(await sh("cat /data/by-key.xml")).toContain("[openssh]");
  const putByPassword = (password: string) =>
    sh(
      `echo put /tmp/hosts by-password.xml | SSH_ASKPASS_REQUIRE=force SSH_ASKPASS=/tmp/askpass PASSWORD=${password} sftp ${byPassword} sftp@openssh`,
    );
  await expect(putByPassword("wrong")).rejects.toThrow(/Permission denied/);
  await putByPassword("right");
  expect(await sh("cat /data/by-password.xml")).toContain("[openssh]");
  expect(await sh(`ssh ${byKey} sftp@openssh id </dev/null; true`)).not.toContain("uid=");
});

type Peer = {
  readonly name: PeerName;
  readonly port: number;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  /** Secrets by their folder below /etc. */
  readonly files: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Folders that get an empty volume. */
  readonly writable: readonly string[];
};

async function startPeer({ name, port, env, files, writable }: Peer): Promise<void> {
  const labels = { app: name };
  const secrets = Object.entries(files).map(([secret, stringData]) => ({
    ...{ apiVersion: "v1", kind: "Secret", metadata: { name: secret }, stringData },
  }));
  const volumeName = (folder: string) => folder.replace("/", "-");
  const container = {
    name,
    image: images[name],
    imagePullPolicy: "IfNotPresent",
    env,
    readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
    securityContext: restrictedContainer,
    volumeMounts: [
      ...Object.keys(files).map((secret) => ({ name: secret, mountPath: `/etc/${secret}`, readOnly: true })),
      ...writable.map((folder) => ({ name: volumeName(folder), mountPath: `/${folder}` })),
    ],
  };
  const volumes = [
    ...Object.keys(files).map((secret) => ({ name: secret, secret: { secretName: secret, defaultMode: 0o440 } })),
    ...writable.map((folder) => ({ name: volumeName(folder), emptyDir: {} })),
  ];
  const spec = { securityContext: restrictedPod(user), containers: [container], volumes };
  await namespace.apply(
    ...secrets,
    { apiVersion: "v1", kind: "Service", metadata: { name }, spec: { selector: labels, ports: [{ port }] } },
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    },
  );
  await namespace.kubectl(["rollout", "status", `deployment/${name}`, "--timeout=120s"]);
}

async function newCertificates(): Promise<Readonly<Record<string, string>>> {
  const folder = await mkdtemp(join(tmpdir(), "openreg-peers-"));
  await newAuthority(folder);
  await issueCertificate(folder, { name: "tls", commonName: "postgresql", hosts: ["postgresql"] });
  const names = ["tls.crt", "tls.key", "ca.crt"];
  const files = await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")]));
  await rm(folder, { recursive: true });
  return Object.fromEntries(files);
}
