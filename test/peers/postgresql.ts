/** Owns a PostgreSQL server for tests: in a folder of its own, on loopback, with passwords, without durability. */
import { execFile } from "node:child_process";
import { appendFile, chmod, readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { until } from "../cluster/until.ts";
import { type Peer, peerHost, runAs, startPeer } from "./peer.ts";

const user = "postgres";
const debianFolder = "/usr/lib/postgresql";

/** A running server; `report` may only read. */
export interface PostgresqlPeer extends Peer {
  readonly host: string;
  readonly database: "postgres";
  readonly reader: { readonly username: string; readonly password: string };
  /** Runs statements as the superuser; answers the rows of the last one, as text. */
  sql(text: string): Promise<readonly (readonly (string | null)[])[]>;
  /** Everything the server logged, statements with it. */
  readonly log: () => string;
  /** The certificate authority of the server, when it was started with TLS. */
  readonly certificateAuthority: string | undefined;
}

/** Starts a server. `password` is that of the account `report`; `tls` gives it a certificate for `localhost` and 127.0.0.1. */
export async function startPostgresql({ password = "read-only-secret", tls = false } = {}): Promise<PostgresqlPeer> {
  const bin = await binaries();
  let certificateAuthority: string | undefined;
  const peer = await startPeer({
    name: "postgresql",
    program: join(bin, "postgres"),
    user,
    args: ({ port, folder }) => [
      "-D",
      join(folder, "data"),
      "-p",
      String(port),
      "-k",
      folder,
      "-h",
      peerHost,
      ...settings,
    ],
    prepare: async ({ folder }) => {
      await runAs(user, join(bin, "initdb"), [
        "-D",
        join(folder, "data"),
        "-U",
        user,
        "--auth-host=scram-sha-256",
        "--auth-local=trust",
        "-E",
        "UTF8",
        "--no-sync",
      ]);
      if (tls) certificateAuthority = await enableTls(folder);
    },
  });
  const sql = (text: string) =>
    query({ host: peer.folder, port: peer.port, user, database: "postgres", password: "" }, text);
  // the port answers before the server takes connections
  await until({ what: "PostgreSQL takes connections", seconds: 30, everyMs: 25 }, () =>
    sql("SELECT 1").then(
      () => true,
      () => false,
    ),
  );
  await sql(`CREATE ROLE report LOGIN PASSWORD '${password}'; GRANT pg_read_all_data TO report`);
  const reader = { username: "report", password };
  return { ...peer, host: peerHost, database: "postgres", reader, sql, log: peer.output, certificateAuthority };
}

const settings = [
  "fsync=off",
  "full_page_writes=off",
  "log_statement=all",
  "log_parameter_max_length=0",
  "max_connections=30",
  "shared_buffers=32MB",
].flatMap((one) => ["-c", one]);

async function query(config: object, text: string): Promise<readonly (readonly (string | null)[])[]> {
  const client = new Client({ ...config, types: { getTypeParser: () => (value: unknown) => value } } as object);
  await client.connect();
  try {
    const answer = await client.query({ text, rowMode: "array" });
    const last = Array.isArray(answer) ? answer.at(-1) : answer;
    return last?.rows ?? [];
  } finally {
    await client.end();
  }
}

async function enableTls(folder: string): Promise<string> {
  const data = join(folder, "data");
  const [key, certificate] = [join(data, "server.key"), join(data, "server.crt")];
  const args = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  await runAs(user, "openssl", [
    ...args,
    "-subj",
    "/CN=localhost",
    "-addext",
    `subjectAltName=DNS:localhost,IP:${peerHost}`,
    "-keyout",
    key,
    "-out",
    certificate,
  ]);
  await chmod(key, 0o600);
  await appendFile(join(data, "postgresql.conf"), "ssl = on\n");
  return runAs(user, "cat", [certificate]);
}

async function binaries(): Promise<string> {
  const versions = await readdir(debianFolder).catch(() => []);
  const newest = versions.sort((a, b) => Number(b) - Number(a))[0];
  if (newest) return join(debianFolder, newest, "bin");
  await promisify(execFile)("apt-get", ["install", "-y", "-q", "--no-install-recommends", "postgresql"], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  return binaries();
}

if (import.meta.main) {
  const peer = await startPostgresql();
  console.log(
    JSON.stringify({ host: peer.host, port: peer.port, database: peer.database, ...peer.reader, folder: peer.folder }),
  );
  process.on("SIGINT", () => void peer.stop());
}
