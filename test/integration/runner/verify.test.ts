/** Proves that `openreg verify` finds and names whatever was changed in a store that real runs made, and finds nothing where nothing was. */
import { spawnSync } from "node:child_process";
import { createHash, generateKeyPairSync } from "node:crypto";
import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { canonicalJson, type Definition, type RunPlan } from "@openreg/crds";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { readPublicKeys, type SignedRun } from "../../../cli/src/verify/check-signatures.ts";
import { type Verdict, verifyStore } from "../../../cli/src/verify/verify-store.ts";
import { type EvidenceSigner, newEvidenceSigner } from "../../../operator/src/evidence-signer.ts";
import { StepError } from "../../../runner/src/errors.ts";
import { type OpensshPeer, startOpenssh } from "../../peers/openssh.ts";
import { type PostgresqlPeer, startPostgresql } from "../../peers/postgresql.ts";
import { type AttemptOptions, runOneAttempt } from "./attempt.ts";
import type { MountedSecrets } from "./runner-process.ts";
import { newCsvOutput, newDefinitionFor, newPlan, newSecretsFor, newSftpDestinationFor } from "./test-plan.ts";

let database: PostgresqlPeer;
let receiver: OpensshPeer;
let secrets: MountedSecrets;
/** A store as runs left it, which nobody changes. */
let original: string;
let storeFolder: string;
const runs: SignedRun[] = [];
const signer = newSigner();
const first = "runs/first/first-uid";
const program = new URL("../../../cli/src/main.ts", import.meta.url).pathname;
let folderOfFiles: string;

function newSigner(): EvidenceSigner {
  return newEvidenceSigner(generateKeyPairSync("ed25519").privateKey);
}

function definition(): Definition {
  const files = { name: "files", width: 6, firstNumber: 1, resets: "Never", order: "Strict" } as const;
  return newDefinitionFor(database, "SELECT * FROM trades", {
    destinations: [newSftpDestinationFor(receiver, { mode: "Live", sequences: [files] })],
    deliverTo: [{ destination: "regulator", outputs: ["file"], sequence: "files", package: [{ gzip: {} }] }],
    outputs: [
      newCsvOutput({
        fileName: "v_{run.businessDate:yyyyMMdd}_{part.sequence}.csv",
        split: { maxRecords: 60, measured: "Uncompressed" },
      }),
    ],
    rules: [{ id: "odd", severity: "Correctable", assert: "row.id != '7'", columns: ["id"], message: "seven" }],
  });
}

async function run(
  name: string,
  parts: Partial<RunPlan>,
  more: Partial<RunPlan["run"]>,
  options: Partial<AttemptOptions> = {},
) {
  const plan = newPlan(definition(), parts, { name, uid: `${name}-uid`, ...more });
  const end = await runOneAttempt({ plan, storeFolder: original, secrets, ...options });
  const { sha256 } = end.api.run.status.execution?.evidence ?? {};
  if (sha256 === undefined) return end.message.code;
  const evidence = { sha256, signature: signer.sign(sha256), keyId: signer.keyId };
  runs.push({ name, uid: plan.run.uid, state: "Completed", evidence });
  return end.message.code;
}

beforeAll(async () => {
  original = await mkdtemp(join(tmpdir(), "openreg-original-"));
  folderOfFiles = await mkdtemp(join(tmpdir(), "openreg-signed-"));
  [database, receiver] = await Promise.all([startPostgresql(), startOpenssh()]);
  await database.sql("CREATE TABLE trades AS SELECT id, 'name ' || id AS name FROM generate_series(1, 100) AS id");
  secrets = newSecretsFor(database, receiver);
  const at = (name: string) =>
    name === "intent.before" ? Promise.reject(new StepError("InternalError", "power cut")) : undefined;
  expect(await run("first", {}, { businessDate: "2026-04-01" })).toBe("Done");
  expect(await run("given-up", {}, { businessDate: "2026-04-02" }, { at })).toBe("InternalError");
  const later = new Date(Date.now() + 600_000).toISOString();
  const next = { firstStartedAt: later, madeAt: later, endedRuns: ["given-up-uid"] };
  expect(await run("third", next, { businessDate: "2026-04-03" })).toBe("Done");
  const rerunOf = { name: "first", resubmit: true, reason: "asked by the regulator" };
  expect(await run("again", next, { businessDate: "2026-04-01", rerunOf })).toBe("Done");
  expect(await run("taken-over", next, { businessDate: "2026-04-02" })).toBe("Done");
});
afterAll(async () => {
  await Promise.all([database?.stop(), receiver?.stop(), rm(original, { recursive: true, force: true })]);
  await rm(folderOfFiles, { recursive: true, force: true });
});
beforeEach(async () => {
  storeFolder = await mkdtemp(join(tmpdir(), "openreg-verified-"));
  await cp(original, storeFolder, { recursive: true });
});
afterEach(() => rm(storeFolder, { recursive: true, force: true }));

const verify = (more: Partial<Parameters<typeof verifyStore>[0]> = {}): Promise<Verdict> =>
  verifyStore({ folder: storeFolder, runs, keys: readPublicKeys([signer.publicKey]), ...more });

async function keysOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
}

async function keyLike(pattern: RegExp): Promise<string> {
  const key = (await keysOf(storeFolder)).find((one) => pattern.test(one));
  if (key === undefined) throw new Error(`the store has nothing like ${pattern}`);
  return key;
}

async function change(key: string, how: (text: string) => string): Promise<void> {
  const path = join(storeFolder, key);
  await writeFile(path, how(await readFile(path, "latin1")), "latin1");
}

const named = ({ deviations }: Verdict) => deviations.map(({ code, where }) => [code, where]);

test("nothing was changed: no deviation, every signature is right, and what a failed run left is a remark", async () => {
  const verdict = await verify();
  expect(verdict.deviations).toEqual([]);
  expect(verdict).toMatchObject({ links: 4, signed: 4 });
  expect(verdict.remarks.map(({ where }) => where)).toEqual([expect.stringMatching(/^runs\/given-up\//)]);
});

test.each(["first", "third", "again", "taken-over"])("run %s by itself is as it was proven", async (name) => {
  expect(await verify({ run: name })).toMatchObject({ links: 1, signed: 1, deviations: [] });
});

const sha256Of = (text: string) => createHash("sha256").update(text).digest("hex");

/** Changes the evidence of a run, and whatever names it, as somebody would who can write everything in the store. */
async function reseal(key: string): Promise<void> {
  const copies: Record<string, string> = { "2": "third", "3": "again", "4": "taken-over" };
  for (let at = 2; at <= 4; at += 1) {
    const link = key.replace(/[0-9]+\.json$/, `${at}.json`);
    const evidence = JSON.parse(await readFile(join(storeFolder, link), "utf8"));
    if (at === 2) evidence.rows.fetched = 101;
    else
      evidence.chain.previous = sha256Of(
        await readFile(join(storeFolder, link.replace(`${at}.json`, `${at - 1}.json`)), "utf8"),
      );
    for (const one of [link, `runs/${copies[at]}/${copies[at]}-uid/evidence.json`])
      await writeFile(join(storeFolder, one), canonicalJson(evidence));
  }
}

test("without the cluster, evidence that was edited shows in the link after it", async () => {
  const key = await keyLike(/^evidence\/.*\/2\.json$/);
  for (const one of [key, "runs/third/third-uid/evidence.json"])
    await change(one, (text) => text.replace('"fetched":100', '"fetched":101'));
  expect(named(await verify({ runs: [] }))).toEqual([["ChainBroken", key]]);
});

test("a chain that was edited and sealed anew is whole, and not what the operator signed", async () => {
  const key = await keyLike(/^evidence\/.*\/2\.json$/);
  await reseal(key);
  expect(named(await verify({ runs: [] }))).toEqual([]);
  expect(named(await verify())).toEqual([2, 3, 4].map((at) => ["Changed", key.replace("2.json", `${at}.json`)]));
});

/** Adds a link to the end of the chain, with its copy, as somebody would who can write everything in the store; answers its key. */
async function forge(name: string, artifact?: string): Promise<string> {
  const links = (await keysOf(storeFolder)).filter((key) => key.startsWith("evidence/"));
  const [firstKey = "", lastKey = ""] = [links[0], links.at(-1)];
  const evidence = JSON.parse(await readFile(join(storeFolder, firstKey), "utf8"));
  Object.assign(evidence.run, { name, uid: `${name}-uid` });
  evidence.chain = { number: links.length + 1, previous: sha256Of(await readFile(join(storeFolder, lastKey), "utf8")) };
  for (const one of evidence.artifacts.filter(({ key }: { key: string }) => key === artifact))
    one.sha256 = sha256Of(await readFile(join(storeFolder, one.key), "utf8"));
  const key = lastKey.replace(/[0-9]+\.json$/, `${links.length + 1}.json`);
  await mkdir(join(storeFolder, `runs/${name}/${name}-uid`), { recursive: true });
  for (const one of [key, `runs/${name}/${name}-uid/evidence.json`])
    await writeFile(join(storeFolder, one), canonicalJson(evidence));
  return key;
}

const places = ({ remarks }: Verdict) =>
  remarks.map(({ where }) => where).filter((where) => !where.includes("given-up"));

test("a newer link of a completed run, for an artifact that was changed, is not what the operator signed", async () => {
  const artifact = await keyLike(/^runs\/first\/.*\/numbered\/.*\.csv$/);
  await change(artifact, (text) => text.replace("name 1", "name 2"));
  const key = await forge("first", artifact);
  expect(named(await verify({ runs: [] }))).toEqual([]);
  expect(named(await verify())).toEqual([["SignatureMissing", key]]);
  expect(named(await verify({ run: "first" }))).toEqual([["SignatureMissing", key]]);
  expect(await verify({ run: "third" })).toMatchObject({ deviations: [], remarks: [] });
});

test("a run that was made up is signed by nobody, also when a signed link came after it", async () => {
  const made = await forge("made-up");
  expect(named(await verify())).toEqual([["SignatureMissing", made]]);
  expect(named(await verify({ run: "made-up" }))).toEqual([["SignatureMissing", made]]);
  const ended = { name: "made-up", uid: "made-up-uid", state: "Failed", evidence: undefined };
  const ofFailed = await verify({ runs: [...runs, ended] });
  expect([named(ofFailed), places(ofFailed)]).toEqual([[], [made]]);
  const sha256 = sha256Of(await readFile(join(storeFolder, await forge("later")), "utf8"));
  const evidence = { sha256, signature: signer.sign(sha256), keyId: signer.keyId };
  const later = { name: "later", uid: "later-uid", state: "Completed", evidence };
  const verdict = await verify({ runs: [...runs, later] });
  expect([named(verdict), places(verdict)]).toEqual([[], [made]]);
});

test.each([2, 4])("the link %i of a run that is asked for is gone, and its copy tells", async (number) => {
  const key = await keyLike(new RegExp(`^evidence/.*/${number}\\.json$`));
  const { run: of } = JSON.parse(await readFile(join(storeFolder, key), "utf8"));
  await rm(join(storeFolder, key));
  expect(named(await verify({ run: of.name, runs: [] }))).toContainEqual(["NotInChain", key]);
});

test("a run that is asked for and is not there is no success; of one without evidence that is said", async () => {
  await expect(verify({ run: "frist" })).rejects.toThrow(/has nothing of run frist/);
  expect(await openreg(storeFolder, "--run", "frist")).toMatchObject({ code: 2, out: "" });
  expect((await openreg(join(storeFolder, "runs/frist"))).code).toBe(2);
  expect((await verify({ run: "given-up" })).remarks).toMatchObject([{ where: "runs/given-up/given-up-uid" }]);
});

/** The command as people call it, with what the cluster says in files. */
async function openreg(...args: readonly string[]): Promise<{ code: number | null; out: string; talk: string }> {
  const items = runs.map(({ name, uid, state, evidence }) => ({
    ...{ apiVersion: "openreg.dev/v1alpha1", kind: "ReportRun", metadata: { name, uid }, spec: {} },
    status: { state, evidence },
  }));
  const keys = { kind: "ConfigMap", metadata: { name: "openreg-evidence-keys" }, data: { "a.pem": signer.publicKey } };
  await writeFile(join(folderOfFiles, "runs.yaml"), JSON.stringify({ kind: "List", metadata: {}, items }));
  await writeFile(join(folderOfFiles, "keys.yaml"), JSON.stringify(keys));
  await writeFile(join(folderOfFiles, "key.pem"), signer.publicKey);
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, "verify", ...args], {
    cwd: folderOfFiles,
    encoding: "utf8",
  });
  return { code: status, out: stdout, talk: stderr };
}

test("the command ends with 0 when all is as proven, with 1 and a line for each deviation, with 2 for what is no store", async () => {
  const whole = await openreg(storeFolder, "-f", "runs.yaml", "-f", "keys.yaml");
  expect(whole).toMatchObject({
    code: 0,
    out: "",
    talk: expect.stringMatching(/4 links, 4 signatures right: 0 deviations/),
  });
  expect(await openreg(storeFolder)).toMatchObject({ code: 0, talk: expect.stringContaining("no signatures checked") });
  const ofRun = await openreg(join(storeFolder, first), "-f", "runs.yaml", "--key", "key.pem", "--json");
  expect(JSON.parse(ofRun.out)).toMatchObject({ run: "first", links: 1, signed: 1, deviations: [] });
  await rm(join(storeFolder, first, "findings.ndjson.zst"));
  const changed = await openreg(storeFolder, "-f", "runs.yaml", "-f", "keys.yaml");
  expect(changed).toMatchObject({
    code: 1,
    out: expect.stringMatching(
      /^runs\/first\/first-uid\/findings\.ndjson\.zst: Missing: the findings that .* is gone; restore it .*\n$/,
    ),
  });
  const strange = await openreg(folderOfFiles);
  expect(strange).toMatchObject({ code: 2, talk: expect.stringContaining("is no store of runs") });
  expect((await openreg(storeFolder, "--key", "runs.yaml")).code).toBe(2);
  expect((await openreg()).code).toBe(2);
});

test("what retention removed is a remark, as long as its note is there; what it left is held to its hash", async () => {
  for (const name of ["numbered", "packed", "snapshots", "checkpoints", "findings.ndjson.zst", "exceptions.ndjson.zst"])
    await rm(join(storeFolder, first, name), { recursive: true });
  expect((await verify()).deviations.length).toBeGreaterThan(5);
  const note = `${first}/removed.json`;
  await writeFile(join(storeFolder, note), "{}");
  const verdict = await verify();
  expect(verdict.deviations).toEqual([]);
  expect(verdict.remarks.map(({ where }) => where)).toContain(note);
  await change(`${first}/manifest.json`, (text) => text.replace("Delivered", "Undelivered"));
  expect(named(await verify())).toEqual([["Changed", `${first}/manifest.json`]]);
});

interface Tampering {
  readonly code: string;
  /** Does it, and answers the key that must be named. */
  readonly tamper: () => Promise<string>;
}

const tamperings: Record<string, Tampering> = {
  "an artifact changed": {
    code: "Changed",
    tamper: async () => {
      const key = await keyLike(/^runs\/first\/.*\/numbered\/.*\.csv$/);
      await change(key, (text) => text.replace("name 1", "name 2"));
      return key;
    },
  },
  "an artifact made longer": {
    code: "Changed",
    tamper: async () => {
      const key = await keyLike(/^runs\/first\/.*\/numbered\/.*\.csv$/);
      await appendFile(join(storeFolder, key), "\n");
      return key;
    },
  },
  "a receipt removed": {
    code: "Missing",
    tamper: async () => {
      const key = await keyLike(/\/receipt$/);
      await rm(join(storeFolder, key));
      return key;
    },
  },
  "a receipt that says more than was proven": {
    code: "Changed",
    tamper: async () => {
      const key = await keyLike(/\/receipt$/);
      await change(key, (text) => text.replace('"attempt":1', '"attempt":2'));
      return key;
    },
  },
  "evidence edited, and its copy too": {
    code: "Changed",
    tamper: async () => {
      const key = await keyLike(/^evidence\/.*\/4\.json$/);
      for (const one of [key, "runs/taken-over/taken-over-uid/evidence.json"])
        await change(one, (text) => text.replace('"fetched":100', '"fetched":101'));
      return key;
    },
  },
  "a link removed from the middle": {
    code: "ChainGap",
    tamper: async () => {
      const key = await keyLike(/^evidence\/.*\/2\.json$/);
      await rm(join(storeFolder, key));
      return key;
    },
  },
  "the last link removed, with everything that its run left": {
    code: "NotInChain",
    tamper: async () => {
      await rm(join(storeFolder, await keyLike(/^evidence\/.*\/4\.json$/)));
      await rm(join(storeFolder, "runs/taken-over"), { recursive: true });
      return "ReportRun/taken-over";
    },
  },
  "the first link removed": {
    code: "ChainGap",
    tamper: async () => {
      const key = await keyLike(/^evidence\/.*\/1\.json$/);
      await rm(join(storeFolder, key));
      return key;
    },
  },
  "two links exchanged": {
    code: "Unreadable",
    tamper: async () => {
      const key = await keyLike(/^evidence\/.*\/2\.json$/);
      const other = key.replace("2.json", "3.json");
      const texts = await Promise.all([key, other].map((one) => readFile(join(storeFolder, one), "utf8")));
      await change(key, () => texts[1] ?? "");
      await change(other, () => texts[0] ?? "");
      return key;
    },
  },
  "a fork: other evidence of a run, made beside the chain": {
    code: "Changed",
    tamper: async () => {
      await change(`${first}/evidence.json`, (text) => text.replace('"fetched":100', '"fetched":101'));
      return `${first}/evidence.json`;
    },
  },
  "a file added to a run": {
    code: "Unexpected",
    tamper: async () => {
      await writeFile(join(storeFolder, first, "artifacts.csv"), "mine");
      return `${first}/artifacts.csv`;
    },
  },
  "a file added to the ledger": {
    code: "Unexpected",
    tamper: async () => {
      const key = (await keyLike(/\/receipt$/)).replace("receipt", "receipt-2");
      await writeFile(join(storeFolder, key), "{}");
      return key;
    },
  },
  "a receipt made up for a number that was never delivered": {
    code: "ReceiptMismatch",
    tamper: async () => {
      const receipt = await keyLike(/\/receipt$/);
      const key = `submissions/${"0".repeat(64)}/receipt`;
      await cp(join(storeFolder, receipt), join(storeFolder, key), { recursive: true });
      return key;
    },
  },
  "a number removed": {
    code: "SequenceGap",
    tamper: async () => {
      const key = await keyLike(/^sequences\/.*\/3-1$/);
      for (const one of await keysOf(storeFolder))
        if (/^sequences\/.*\/3-[0-9]+$/.test(one)) await rm(join(storeFolder, one));
      return key;
    },
  },
  "the reason of a void number changed": {
    code: "Changed",
    tamper: async () => {
      const texts = await Promise.all(
        (await keysOf(storeFolder))
          .filter((one) => one.startsWith("sequences/"))
          .map(async (one) => [one, await readFile(join(storeFolder, one), "utf8")] as const),
      );
      const key = texts.find(([, text]) => text.includes('"Void"'))?.[0] ?? "";
      await change(key, (text) => text.replace("ended without", "was told of"));
      return key;
    },
  },
  "findings removed": {
    code: "Missing",
    tamper: async () => {
      await rm(join(storeFolder, first, "findings.ndjson.zst"));
      return `${first}/findings.ndjson.zst`;
    },
  },
};
test.each(Object.entries(tamperings))("finds and names %s", async (_sentence, { code, tamper }) => {
  const where = await tamper();
  const verdict = await verify();
  expect(named(verdict)).toContainEqual([code, where]);
  for (const { message } of verdict.deviations) expect(message).toMatch(/; [a-z]/); // says what to do
});

const signatures: Record<string, { code: string; change: (run: SignedRun) => SignedRun }> = {
  "by another key": {
    code: "KeyUnknown",
    change: (run) => {
      const other = newSigner();
      const sha256 = run.evidence?.sha256 ?? "";
      return { ...run, evidence: { sha256, signature: other.sign(sha256), keyId: other.keyId } };
    },
  },
  "by another key under the id of ours": {
    code: "SignatureInvalid",
    change: (run) => {
      const sha256 = run.evidence?.sha256 ?? "";
      return { ...run, evidence: { sha256, signature: newSigner().sign(sha256), keyId: signer.keyId } };
    },
  },
  "of another run": {
    code: "SignatureInvalid",
    change: (run) => ({
      ...run,
      evidence: {
        sha256: run.evidence?.sha256 ?? "",
        keyId: signer.keyId,
        signature: runs[1]?.evidence?.signature ?? "",
      },
    }),
  },
  "that is not there": {
    code: "SignatureMissing",
    change: (run) => ({ ...run, evidence: { sha256: run.evidence?.sha256 ?? "" } }),
  },
};
test.each(Object.entries(signatures))(
  "finds and names a signature %s",
  async (_sentence, { code, change: changed }) => {
    const [one, ...others] = runs;
    const key = await keyLike(/^evidence\/.*\/1\.json$/);
    const verdict = await verify({ runs: one ? [changed(one), ...others] : [] });
    expect(named(verdict)).toEqual([[code, key]]);
  },
);

test("finds and names every object of which one byte was flipped, and every one removed", async () => {
  const keys = (await keysOf(storeFolder)).filter(
    (key) => !key.startsWith("tmp/") && !key.startsWith("runs/given-up/"),
  );
  expect(keys.length).toBeGreaterThan(60);
  const changes: Record<string, (bytes: Buffer, at: number) => Buffer | undefined> = {
    "a byte flipped": flipped,
    removed: () => undefined,
  };
  const missed: string[] = [];
  for (const [index, key] of keys.entries()) {
    const path = join(storeFolder, key);
    const bytes = await readFile(path);
    for (const [how, changed] of Object.entries(changes)) {
      const tampered = changed(bytes, (index * 7919) % bytes.length); // another place in each
      if (tampered) await writeFile(path, tampered);
      else await rm(path);
      const { deviations } = await verify();
      if (!deviations.some(({ where }) => where === key)) missed.push(`${key}: ${how}`);
      await writeFile(path, bytes);
    }
  }
  expect(missed).toEqual([]);
}, 300_000);

function flipped(bytes: Buffer, at: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
