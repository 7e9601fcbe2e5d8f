/**
 * The report examples on the cluster and on this machine: the same bytes. The cluster reads from a server whose sessions
 * have another time zone and another order of dates; here other databases, processes, zones and locales do the work.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { stringify } from "yaml";
import { readManifests } from "../../cli/src/manifests.ts";
import type { Manifest } from "../cluster/kubectl.ts";
import { newKubectl } from "../cluster/kubectl.ts";
import { onAddress } from "../fixtures/daily-trades.ts";
import { type SampleDatabase, startEmbedded } from "../fixtures/sample-database.ts";
import { askDatabase } from "../peers/peer-pods.ts";
import { newStory, type Run, type Story } from "./story.ts";

const runFile = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const businessDate = "2026-04-01";

/** What an example is, and how its database is filled. */
const examples = {
  "mifir-rts22": "generate_transactions",
  "emir-refit": "generate_activity",
} as const;
type Name = keyof typeof examples;

/** Where and how the same is done here: variables of the process. */
const places: Readonly<Record<string, NodeJS.ProcessEnv>> = {
  "in UTC": { TZ: "UTC", LANG: "C", LC_ALL: "C" },
  "a day ahead": { TZ: "Pacific/Kiritimati", LANG: "de_DE.UTF-8", LC_ALL: "de_DE.UTF-8" },
  "at a quarter past": { TZ: "Asia/Kathmandu", LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8" },
};

let story: Story;

beforeAll(async () => {
  story = await newStory("story-same-bytes", { dates: [], alter: () => [] });
});

describe.each(Object.keys(examples) as Name[])("%s", (name) => {
  let manifests: readonly Manifest[];
  let run: Run;
  let database: SampleDatabase;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "openreg-same-bytes-"));
    const path = join(root, "examples", name);
    const sql = await readFile(join(path, "data.sql"), "utf8");
    manifests = (await readManifests([path, join(path, "testdata")])) as readonly Manifest[];
    const [inCluster, embedded] = await Promise.all([
      fillServer(name, sql),
      startEmbedded((db) => db.exec(`${sql}\nSELECT ${examples[name]}('${businessDate}')`)),
    ]);
    database = embedded;
    await story.sftp(`rm -f /data/test/${name.slice(0, 4).toUpperCase()}*_*`); // of an earlier run
    await story.apply(...manifests.map((one) => forCluster(one, inCluster)));
    await story.kubectl(["wait", "--for=condition=Ready", `report/${name}`, "--timeout=60s"]);
    run = await story.end(await story.createRun({ reportRef: { name }, businessDate }));
  });
  afterAll(() => Promise.all([database?.stop(), rm(folder, { recursive: true, force: true })]));

  test("ends in Completed, with a file that was checked and delivered", async () => {
    expect(run.status).toMatchObject({ state: "Completed", execution: { rows: { fetched: 20, excluded: 1 } } });
    const { artifacts: [artifact] = [], deliveries: [delivery] = [] } = run.status?.execution ?? {};
    expect(delivery).toMatchObject({ state: "Delivered" });
    const delivered = `/data/test/${delivery?.artifact}`;
    expect(await story.sftp(`sha256sum < ${delivered}`)).toContain(delivery?.receipt?.sha256 ?? "none");
    const isGzip = delivered.endsWith(".xml.gz");
    if (isGzip) expect(await story.sftp(`gzip -dc < ${delivered} | sha256sum`)).toContain(artifact?.sha256 ?? "none");
    expect(isGzip).toBe(name === "mifir-rts22"); // the other goes out as an archive
  });

  test.each(Object.entries(places))("has the same bytes here, %s", async (place, environment) => {
    const made = await runHere(place, environment);
    expect(made).toEqual(facts(run));
  });

  test("has other bytes for another creation, which the file tells", async () => {
    const later = new Date(Date.parse(run.metadata.creationTimestamp as string) + 86_400_000)
      .toISOString()
      .replace(".000", "");
    expect(await runHere("later", {}, later)).not.toEqual(facts(run));
  });

  async function runHere(place: string, environment: NodeJS.ProcessEnv, createdAt = creationOf(run)) {
    const definition = join(folder, `${place}.yaml`);
    const local = onAddress(manifests, database);
    await writeFile(definition, local.map((one) => stringify(one, { version: "1.1" })).join("---\n"));
    const args = [
      "run",
      "-f",
      definition,
      "--report",
      name,
      "--business-date",
      businessDate,
      "--created-at",
      createdAt,
    ];
    const store = join(folder, place.replaceAll(" ", "-"));
    const { stdout } = await runFile(
      process.execPath,
      [join(root, "cli/src/main.ts"), ...args, "--store", store, "--json"],
      { env: { ...process.env, ...environment } },
    );
    const { artifacts } = JSON.parse(stdout).execution as {
      artifacts: { fileName: string; key: string; sha256: string }[];
    };
    return Promise.all(
      artifacts.map(async ({ fileName, key }) => {
        const bytes = await readFile(join(store, key));
        return [fileName, createHash("sha256").update(bytes).digest("hex")];
      }),
    );
  }
});

function creationOf(run: Run): string {
  return String((run.metadata as { readonly creationTimestamp?: string }).creationTimestamp);
}

function facts(run: Run) {
  return (run.status?.execution?.artifacts ?? []).map(({ fileName, sha256 }) => [fileName, sha256]);
}

/** A database of its own on the server, whose sessions begin with settings that change how values look. */
async function fillServer(name: Name, sql: string): Promise<string> {
  const database = `same_bytes_${name.replace("-", "_")}`;
  const peers = { kubectl: newKubectl(inject("shared").cluster) };
  await askDatabase(peers, `DROP DATABASE IF EXISTS ${database} WITH (FORCE);\nCREATE DATABASE ${database};`);
  const settings = {
    timezone: "Asia/Kathmandu",
    datestyle: "SQL, DMY",
    intervalstyle: "postgres",
    extra_float_digits: "-15",
  };
  const alter = Object.entries(settings).map(([key, value]) => `ALTER DATABASE ${database} SET ${key} = '${value}';`);
  await askDatabase(
    peers,
    `\\connect ${database}\n${sql}\nSELECT ${examples[name]}('${businessDate}');\nGRANT SELECT ON ALL TABLES IN SCHEMA public TO reporting;\n${alter.join("\n")}`,
  );
  return database;
}

/** An object of an example for the peers of this cluster. */
function forCluster(manifest: Manifest, database: string): Manifest {
  const { peers } = inject("shared");
  // biome-ignore lint/suspicious/noExplicitAny: objects of several kinds
  const spec = manifest.spec as any;
  switch (manifest.kind) {
    case "Secret": {
      const password = manifest.metadata.name === "trades-db" ? peers.databasePassword : peers.sftpPassword;
      return { ...manifest, stringData: { ...(manifest.stringData as object), password } };
    }
    case "Connector":
      return { ...manifest, spec: { ...spec, postgresql: { ...spec.postgresql, database } } };
    case "Destination":
      return { ...manifest, spec: { ...spec, sftp: { ...spec.sftp, hostKeys: [peers.hostKey] } } };
    default:
      return manifest;
  }
}
