/** Owns how the parts of a definition are read: texts too large for it, known by their hash. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Definition, partFile } from "@openreg/crds";
import { causedBy, StepError } from "./errors.ts";

/** Reads a part by its sha256. Throws StepError `PlanInvalid` when it is not there or holds another text. */
export type PartReader = (sha256: string) => Promise<string>;

/** Reads the parts that are mounted below a folder. */
export function mountedParts(folder: string): PartReader {
  return async (sha256) => {
    const file = join(folder, partFile(sha256));
    const text = await readFile(file, "utf8").catch((cause: unknown) => {
      throw causedBy(cause, "PlanInvalid", `the part ${sha256} is not mounted; apply the Report again`);
    });
    return checked(text, sha256);
  };
}

/** Reads parts from memory. */
export function partsInMemory(texts: Iterable<string>): PartReader {
  const byHash = new Map([...texts].map((text) => [sha256Of(text), text]));
  return async (sha256) => {
    const text = byHash.get(sha256);
    if (text === undefined) throw new StepError("PlanInvalid", `the part ${sha256} is not among the files`);
    return text;
  };
}

/** The hash of a part by its name in the definition. Throws StepError `PlanInvalid` when the definition has no such part. */
export function partNamed({ parts = [] }: Definition, name: string): string {
  const part = parts.find((one) => one.name === name);
  if (!part) throw new StepError("PlanInvalid", `the definition has no part ${name}; apply the Report again`);
  return part.sha256;
}

function checked(text: string, sha256: string): string {
  if (sha256Of(text) === sha256) return text;
  throw new StepError(
    "PlanInvalid",
    `the part ${sha256} holds another text; delete its ConfigMap and apply the Report`,
  );
}

function sha256Of(text: string): string {
  return createHash("sha256").update(text, "utf8").digest("hex");
}
