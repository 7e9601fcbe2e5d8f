/** Owns how a file is packed on its way to a receiver: the packages of a delivery, one around the other. */
import { createHash } from "node:crypto";
import type { Definition } from "@openreg/crds";
import { checkFileName, compileTemplate, LanguageError, type PartValues } from "@openreg/language";
import { causedBy, StepError } from "../errors.ts";
import type { RunTexts } from "../formats/run-texts.ts";
import type { StoredBytes, StoreWriter } from "../store/store.ts";
import { gzipped } from "./gzip.ts";
import { zipped } from "./zip.ts";

/** The packages of a delivery, the inner one first. */
export type PackingSettings = NonNullable<Definition["deliverTo"][number]["package"]>;

/** A file before it is packed. */
export interface UnpackedFile {
  readonly fileName: string;
  readonly part: PartValues;
}

/** A file as a receiver gets it. */
export interface PackedFile {
  readonly fileName: string;
  /** What went in, and what came out. */
  readonly unpacked: StoredBytes;
  readonly packed: StoredBytes;
}

interface Step {
  readonly pack: (source: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>;
}

/** The name of a packed file: `.gz` or `.zip` is added by each package. */
export function packedName(fileName: string, settings: PackingSettings): string {
  return settings.reduce((name, { zip }) => `${name}${zip ? ".zip" : ".gz"}`, fileName);
}

/**
 * Packs a file into a writer, which the caller commits or aborts. The same file gives the same bytes.
 * Throws StepError `FileNameRefused` for the name of an entry, and what source and writer throw.
 */
export async function packFile(
  source: AsyncIterable<Uint8Array>,
  file: UnpackedFile,
  { settings, texts, writer }: { settings: PackingSettings; texts: RunTexts; writer: StoreWriter },
): Promise<PackedFile> {
  const unpacked = { hash: createHash("sha256"), sizeBytes: 0 };
  let bytes: AsyncIterable<Uint8Array> = hashed(source, unpacked);
  for (const { pack } of stepsOf(settings, file, texts)) bytes = pack(bytes);
  for await (const chunk of bytes) await writer.write(chunk);
  return {
    fileName: packedName(file.fileName, settings),
    unpacked: { sha256: unpacked.hash.digest("hex"), sizeBytes: unpacked.sizeBytes },
    packed: await writer.finish(),
  };
}

/** All names are made and checked before the first byte. */
function stepsOf(settings: PackingSettings, file: UnpackedFile, texts: RunTexts): readonly Step[] {
  let fileName = file.fileName;
  return settings.map(({ zip }, index) => {
    const inner = fileName;
    fileName = packedName(inner, [settings[index] ?? {}]);
    if (!zip) return { pack: gzipped };
    const entryName = zip.entryName === undefined ? inner : entryNameOf(zip.entryName, file.part, texts);
    return { pack: (source) => zipped(source, entryName) };
  });
}

function entryNameOf(template: string, part: PartValues, { run, runParameters }: RunTexts): string {
  const name = rendered(template, part, { run, runParameters });
  const problem = checkFileName(name);
  if (problem === undefined) return name;
  const shown = JSON.stringify(name.slice(0, 200));
  const message = `zip.entryName: the name ${shown} is not allowed: ${problem}; correct entryName or the parameter that it uses`;
  throw new StepError("FileNameRefused", message);
}

function rendered(template: string, part: PartValues, { run, runParameters }: RunTexts): string {
  try {
    return compileTemplate(template, { runParameters, part: true }, "zip.entryName")({ run, part });
  } catch (cause) {
    if (!(cause instanceof LanguageError)) throw cause;
    throw causedBy(cause, "FileNameRefused", cause.message);
  }
}

async function* hashed(
  source: AsyncIterable<Uint8Array>,
  count: { readonly hash: ReturnType<typeof createHash>; sizeBytes: number },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    count.hash.update(chunk);
    count.sizeBytes += chunk.byteLength;
    yield chunk;
  }
}
