/** Runs PostgreSQL and OpenSSH as Pods of a namespace of their own: the other sides of the demo and of the end-to-end tests. */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import ssh2 from "ssh2";
import type { Cluster } from "../cluster/cluster.ts";
import {
  applyManifests,
  ensureNamespace,
  getManifest,
  type Kubectl,
  type Manifest,
  newKubectl,
} from "../cluster/kubectl.ts";
import { ensurePeerImage } from "../cluster/peer-images.ts";

/** The namespace of the peers. */
export const peersNamespace = "openreg-peers";

/** What our side must know about the peers. */
export type Peers = {
  readonly kubectl: Kubectl;
  readonly namespace: string;
  readonly databasePassword: string;
  readonly sftpPassword: string;
  /** The public host key of the SFTP server, as `type base64`. */
  readonly hostKey: string;
};

const credentialsName = "peer-credentials";
const trades = join(import.meta.dirname, "../../examples/daily-trades/trades.sql");

/** Starts the peers, or takes those that run. Passwords and host key are made once and kept in a Secret of the namespace. */
export async function ensurePeers(cluster: Cluster): Promise<Peers> {
  const kubectl = newKubectl(cluster);
  const [postgresql, openssh] = [
    await ensurePeerImage(cluster, "postgresql"),
    await ensurePeerImage(cluster, "openssh"),
  ];
  await ensureNamespace(kubectl, peersNamespace);
  const credentials = await ensureCredentials(kubectl);
  const objects = [...(await databaseObjects(postgresql, credentials)), ...sftpObjects(openssh)];
  await applyManifests(kubectl, objects, peersNamespace);
  await kubectl([
    "-n",
    peersNamespace,
    "wait",
    "--for=condition=Available",
    "deployment/postgresql",
    "deployment/openssh",
    "--timeout=180s",
  ]);
  return {
    kubectl,
    namespace: peersNamespace,
    databasePassword: text(credentials, "databasePassword"),
    sftpPassword: text(credentials, "password"),
    hostKey: text(credentials, "hostKeyPublic"),
  };
}

/** Asks the database as its owner and gives what psql prints, unaligned and without headings. */
export function askDatabase(peers: Pick<Peers, "kubectl">, sql: string): Promise<string> {
  const psql = ["psql", "--host=/data", "--username=postgres", "--dbname=trades", "--set=ON_ERROR_STOP=1", "-qAt"];
  return peers.kubectl(["-n", peersNamespace, "exec", "-i", "deployment/postgresql", "--", ...psql], sql);
}

/** Generates the trades of a business date; those that exist stay as they are. */
export async function generateTrades(
  peers: Pick<Peers, "kubectl">,
  businessDate: string,
  amount: number,
): Promise<void> {
  await askDatabase(peers, `SELECT generate_trades('${businessDate}', ${amount}); ANALYZE trade;`);
}

/** Runs a shell command where the SFTP server keeps its files (/data) and gives what it prints. */
export function askSftpServer(peers: Pick<Peers, "kubectl">, command: string): Promise<string> {
  return peers.kubectl(["-n", peersNamespace, "exec", "deployment/openssh", "--", "sh", "-c", command]);
}

function text(secret: Readonly<Record<string, string>>, key: string): string {
  return Buffer.from(secret[key] ?? "", "base64").toString();
}

async function ensureCredentials(kubectl: Kubectl): Promise<Readonly<Record<string, string>>> {
  const found = await getManifest(kubectl, ["-n", peersNamespace, "secret", credentialsName]);
  if (found) return found.data as Record<string, string>;
  const hostKey = ssh2.utils.generateKeyPairSync("ed25519");
  const secret = () => randomBytes(18).toString("base64url");
  const data = {
    postgresPassword: secret(),
    databasePassword: secret(),
    password: secret(),
    host_key: hostKey.private,
    hostKeyPublic: hostKey.public.split(" ").slice(0, 2).join(" "),
  };
  const encoded = Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
  );
  await applyManifests(
    kubectl,
    [{ apiVersion: "v1", kind: "Secret", metadata: { name: credentialsName }, data: encoded }],
    peersNamespace,
  );
  return encoded;
}

async function databaseObjects(image: string, credentials: Readonly<Record<string, string>>): Promise<Manifest[]> {
  const user = `CREATE ROLE reporting LOGIN PASSWORD '${text(credentials, "databasePassword")}';\nGRANT SELECT ON ALL TABLES IN SCHEMA public TO reporting;\n`;
  const init = { "1-trades.sql": await readFile(trades, "utf8"), "2-user.sql": user };
  const container = {
    image,
    env: [
      { name: "POSTGRES_DATABASE", value: "trades" },
      { name: "POSTGRES_PASSWORD", valueFrom: { secretKeyRef: { name: credentialsName, key: "postgresPassword" } } },
    ],
    ports: [{ containerPort: 5432 }],
    readinessProbe: { tcpSocket: { port: 5432 }, periodSeconds: 1 },
    volumeMounts: [
      { name: "data", mountPath: "/data" },
      { name: "init", mountPath: "/etc/postgresql-init" },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
  const volumes = [
    { name: "data", emptyDir: {} },
    { name: "tmp", emptyDir: {} },
    { name: "init", secret: { secretName: "postgresql-init" } },
  ];
  return [
    { apiVersion: "v1", kind: "Secret", metadata: { name: "postgresql-init" }, stringData: init },
    ...served("postgresql", 5432, { containers: [container], volumes }),
  ];
}

function sftpObjects(image: string): Manifest[] {
  const data = { name: "data", mountPath: "/data" };
  const folders = {
    name: "folders",
    image,
    command: ["mkdir", "-p", "/data/test", "/data/live"],
    volumeMounts: [data],
  };
  const container = {
    image,
    ports: [{ containerPort: 2222 }],
    readinessProbe: { tcpSocket: { port: 2222 }, periodSeconds: 1 },
    volumeMounts: [
      data,
      { name: "run", mountPath: "/run/sftp" },
      { name: "keys", mountPath: "/etc/sftp" },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
  const keys = {
    secretName: credentialsName,
    items: ["host_key", "password"].map((key) => ({ key, path: key })),
    defaultMode: 0o440,
  };
  const volumes = [
    { name: "data", emptyDir: {} },
    { name: "run", emptyDir: {} },
    { name: "tmp", emptyDir: {} },
    { name: "keys", secret: keys },
  ];
  return served("openssh", 2222, { initContainers: [folders], containers: [container], volumes });
}

type PodParts = {
  readonly initContainers?: readonly Readonly<Record<string, unknown>>[];
  readonly containers: readonly Readonly<Record<string, unknown>>[];
  readonly volumes: readonly unknown[];
};

/** A Deployment of one Pod that meets Pod Security restricted, and its Service. */
function served(name: string, port: number, { initContainers = [], containers, volumes }: PodParts): Manifest[] {
  const labels = { app: name };
  const confined = (container: Readonly<Record<string, unknown>>) => ({
    name,
    imagePullPolicy: "IfNotPresent",
    ...container,
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
  });
  const spec = {
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 10002,
      runAsGroup: 10002,
      fsGroup: 10002,
      seccompProfile: { type: "RuntimeDefault" },
    },
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 2,
    initContainers: initContainers.map(confined),
    containers: containers.map(confined),
    volumes,
  };
  return [
    {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name },
      spec: {
        replicas: 1,
        strategy: { type: "Recreate" },
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec },
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name },
      spec: { selector: labels, ports: [{ port, targetPort: port }] },
    },
  ];
}
