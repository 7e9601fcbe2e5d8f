/** Owns the check of signatures: what the operator signed is a link of the chain, and was signed by a key that is known. */
import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import type { Link } from "./check-chain.ts";
import type { Deviation } from "./deviation.ts";

/** What the status of a ReportRun says about its evidence. */
export interface SignedRun {
  readonly name: string;
  readonly uid: string;
  readonly state: string;
  readonly evidence: { readonly sha256: string; readonly signature?: string; readonly keyId?: string } | undefined;
}

/** Public keys by the id that the operator gives them: the beginning of the sha256 of the key. */
export type PublicKeys = ReadonlyMap<string, KeyObject>;

/** Reads public keys from texts in PEM form. Throws an Error for a text that is none. */
export function readPublicKeys(texts: readonly string[]): PublicKeys {
  return new Map(
    texts.map((text) => {
      const key = createPublicKey(text);
      const der = key.export({ type: "spki", format: "der" });
      return [createHash("sha256").update(der).digest("hex").slice(0, 16), key];
    }),
  );
}

/** Checks each run of the cluster against the chain. `signed` gets the keys of links whose signature is right. */
export function checkSignatures(
  runs: readonly SignedRun[],
  { links, keys, signed }: { readonly links: readonly Link[]; readonly keys: PublicKeys; readonly signed: Set<string> },
): readonly Deviation[] {
  return runs.flatMap((run) => {
    const where = `ReportRun/${run.name}`;
    const { evidence } = run;
    if (!evidence) return withoutEvidence(run, where);
    const own = links.filter((link) => link.evidence.run.uid === run.uid);
    const link = own.find(({ sha256 }) => sha256 === evidence.sha256);
    if (!link) return [notInChain(run, own)];
    const problem = signatureProblem(evidence, keys);
    if (!problem) signed.add(link.key);
    return problem ? [{ ...problem, where: link.key, message: `${where}: ${problem.message}` }] : [];
  });
}

function withoutEvidence({ state }: SignedRun, where: string): readonly Deviation[] {
  if (state !== "Completed") return [];
  const message = "the run is Completed and its status names no evidence; find out who changed the status";
  return [{ code: "SignatureMissing", where, message }];
}

function notInChain({ name, evidence }: SignedRun, own: readonly Link[]): Deviation {
  const where = own.at(-1)?.key ?? `ReportRun/${name}`;
  const message = `the evidence of run ${name} with sha256 ${evidence?.sha256}, which its status names, is no link of the chain: it was changed or removed; restore it from a backup of the store, and find out who changed it`;
  return { code: own.length > 0 ? "Changed" : "NotInChain", where, message };
}

function signatureProblem(
  { sha256, signature, keyId = "" }: NonNullable<SignedRun["evidence"]>,
  keys: PublicKeys,
): Pick<Deviation, "code" | "message"> | undefined {
  if (signature === undefined)
    return {
      code: "SignatureMissing",
      message: "the evidence is not signed; give the operator a key, see evidence in the chart",
    };
  const key = keys.get(keyId);
  if (!key)
    return {
      code: "KeyUnknown",
      message: `the evidence is signed with key ${keyId || "without a name"}, which is not among the public keys; ask whoever runs the operator whether that key is theirs`,
    };
  if (verify(null, Buffer.from(sha256, "utf8"), key, Buffer.from(signature, "base64"))) return undefined;
  return {
    code: "SignatureInvalid",
    message: `the signature is not one of key ${keyId} over ${sha256}; find out who changed the status of the run`,
  };
}
