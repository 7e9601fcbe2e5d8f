/** Owns what proves a run afterwards: evidence.json with the hashes of everything, and the complete lists in manifest.json. */
import { createHash } from "node:crypto";
import { canonicalJson, type Definition } from "@openreg/crds";
import { z } from "zod";
import type { FetchedInput } from "./checkpoints.ts";
import { type RunContext, temporaryOwnerOf } from "./context.ts";
import { appendEvidence, type ChainLink, noteStart } from "./evidence-chain.ts";
import { checkpointEntries, ledgerEntries } from "./ledger-entries.ts";
import { effectiveRules, ruleDaysOf } from "./rules/effective-rules.ts";
import { runKeys } from "./store/keys.ts";

/** Writes manifest and evidence as canonical JSON and reports their hashes; the operator signs the latter. */
export async function writeEvidence(context: RunContext): Promise<void> {
  const { progress, failpoint, memory, definition, store } = context;
  await failpoint("evidence.before");
  const { artifacts, deliveries } = progress.draft;
  const { key, sha256: hash, manifest } = await link(context);
  progress.draft.manifest = { ...manifest, artifacts: artifacts.length, deliveries: deliveries.length };
  progress.draft.evidence = { key, sha256: hash };
  const { fetched } = memory.checkpoints;
  // an attempt that settles may find nothing: a retry then makes files anew from these rows where their numbers became void
  const isWanted = definition.keepSourceSnapshot || deliveries.some(({ state }) => state !== "Delivered");
  for (const { key } of fetched && !isWanted ? [fetched, ...(fetched.others ?? [])] : []) await store.remove(key);
  await failpoint("evidence.after");
}

/** Adds the evidence to the chain of its series, and puts a copy beside what it is about. */
async function link(context: RunContext): Promise<ChainLink & { readonly manifest: StoredManifest }> {
  const { plan, definition, store, progress, failpoint } = context;
  const { namespace, mode, uid: runUID } = plan.run;
  const chain = { namespace, series: definition.series, mode };
  const above = await noteStart(store, chain, runKeys.chainStart(plan.run));
  const lists = canonicalJson(manifestOf(context));
  const manifest = { key: runKeys.manifest(plan.run), sha256: sha256(lists) };
  const evidence = {
    ...evidenceOf(context, manifest),
    checkpoints: await checkpointEntries(context),
    ledger: await ledgerEntries(context),
  };
  const linked = await appendEvidence(store, {
    ...{ chain, runUID, above },
    at: (place) => ({ ...evidence, chain: place }),
    isStillTrue: (earlier) => canonicalJson(whatIsProven(earlier)) === canonicalJson(whatIsProven(evidence)),
    prepare: async () => {
      await keep(context, manifest.key, Buffer.from(lists));
      await progress.checkOwned();
    },
  });
  await failpoint("evidence.linked");
  await keep(context, runKeys.evidence(plan.run), linked.bytes);
  return { ...linked, manifest: storedManifest.parse(JSON.parse(Buffer.from(linked.bytes).toString())).manifest };
}

const storedManifest = z.object({ manifest: z.object({ key: z.string(), sha256: z.string() }) });
type StoredManifest = z.infer<typeof storedManifest>["manifest"];

function manifestOf(context: RunContext) {
  const { artifacts, deliveries } = context.progress.draft;
  const packed = context.memory.checkpoints.rendered?.packed;
  return { format: "openreg-manifest/v1", run: runOf(context), artifacts, ...(packed && { packed }), deliveries };
}

/** What a later attempt must find unchanged to leave it at the evidence of an earlier one. */
function whatIsProven(evidence: object): object {
  const { version, artifacts, packed, filing, deliveries, source, rows } = evidence as ReturnType<typeof evidenceOf>;
  const ends = deliveries.map(({ destination, artifact, state, receipt }) => ({
    ...{ destination, artifact, state, receipt },
  }));
  return JSON.parse(JSON.stringify({ version, artifacts, packed, filing, ends, source, rows })) as object;
}

function evidenceOf(context: RunContext, manifest: { key: string; sha256: string }) {
  const { plan, definition, memory, progress, clock } = context;
  const { fetched, rendered } = memory.checkpoints;
  const { artifacts, deliveries, filing } = progress.draft;
  return {
    format: "openreg-evidence/v1",
    run: runOf(context),
    version: { name: plan.version.name, contentHash: plan.version.contentHash, contract: definition.contract },
    runner: { image: plan.image, node: process.version, zstd: process.versions.zstd },
    source: fetched && { ...sourceOf(definition, fetched), fetchedAt: fetched.madeBy.at },
    ...(fetched?.others && { otherSources: fetched.others.map((one) => sourceOf(definition, one)) }),
    rules: {
      ...weighingOf(context),
      findings: rendered?.findings,
      findingsFile: rendered?.findingsFile,
      exceptionsFile: rendered?.exceptionsFile,
    },
    rows: rendered?.rows,
    outputs: definition.outputs.map(({ name, csv }) => ({ name, ...(csv && { formulas: csv.formulas }) })),
    artifacts,
    ...(rendered?.packed && { packed: rendered.packed }),
    filing,
    deliveries,
    secrets: secretsOf(context),
    manifest,
    writtenAt: clock.now(),
  };
}

function sourceOf(
  { inputs, keepSourceSnapshot }: Definition,
  { input, rows, columns, facts, key, sha256: hash }: FetchedInput,
) {
  const query = inputs.find(({ name }) => name === input)?.sql.query ?? "";
  const snapshot = { key, sha256: hash, kept: keepSourceSnapshot };
  return { input, rows, columns, facts, snapshot, querySha256: sha256(query) };
}

/** Which rules did not hold for this run, and which were weighed otherwise and why. */
function weighingOf({ definition, plan }: RunContext) {
  const { notEffective, overrides, submissionDate } = effectiveRules(definition, ruleDaysOf(definition, plan.run));
  return {
    submissionDate,
    ...(notEffective.length > 0 && { notEffective }),
    ...(overrides.length > 0 && { overrides }),
    ...(definition.limits && { limits: definition.limits }),
  };
}

function runOf({ plan, values }: RunContext) {
  const { namespace, name, uid, createdAt, mode, purpose, rerunOf } = plan.run;
  const { businessDate, previousBusinessDate, periodStart, periodEnd, parameters, series, report } = values;
  const period = { businessDate, previousBusinessDate, periodStart, periodEnd };
  return {
    namespace,
    name,
    uid,
    createdAt,
    mode,
    purpose,
    rerunOf,
    attempt: plan.attempt,
    report,
    series,
    ...period,
    parameters,
  };
}

/** Secrets by name and declared revision only: a hash of a value would let a weak password be guessed. */
function secretsOf({ definition, memory }: RunContext) {
  const named = [
    ...definition.connectors.map(({ name, credentialsSecret }) => ({
      kind: "Connector",
      name,
      secret: credentialsSecret,
    })),
    ...definition.destinations.map(({ name, credentialsSecret }) => ({
      kind: "Destination",
      name,
      secret: credentialsSecret,
    })),
  ];
  return named.map((one) => ({ ...one, revision: memory.secretRevisions.get(`${one.kind}/${one.name}`) }));
}

async function keep({ store, plan }: RunContext, key: string, bytes: Uint8Array): Promise<void> {
  const writer = await store.newWriter(temporaryOwnerOf(plan));
  await writer.write(bytes);
  await writer.commit(key);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
