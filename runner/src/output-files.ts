/** Owns the files of one output while they are written: one, or as many parts as its limits ask for. */
import type { PartValues } from "@openreg/language";
import type { Companions } from "./output-companions.ts";
import type { OutputFile } from "./output-file.ts";
import type { SectionPart } from "./rows/lane.ts";
import type { OutputParts, WrittenPart } from "./split/output-parts.ts";

/** The files of an output. Nothing of them is visible before they are committed. */
export interface OutputFiles {
  /** Records so far, of all files. */
  readonly records: number;
  /** The files so far. */
  readonly parts: readonly WrittenPart[];
  begin(): Promise<void>;
  /** Writes records of a section. Throws StepError `OutputValueInvalid` for what a split output cannot hold. */
  write(section: number, part: SectionPart): Promise<void>;
  /** Ends the files. Throws StepError `OutputValueInvalid` for a document that does not fit its schema. */
  end(): Promise<void>;
  /** Removes what was written. May be called at any time, also twice. */
  abort(): Promise<void>;
}

/**
 * An output that is one file. `sequenceOf` gives its number, as text; it is asked once, when the file has something in it or ends: a file
 * that nobody wants without records takes no number.
 */
export function wholeOutput(file: OutputFile, sequenceOf?: () => Promise<string>): OutputFiles {
  let sequence = "";
  let isBegun = false;
  const part = (): PartValues => ({ number: 1, records: file.records, sequence });
  const begin = async (): Promise<void> => {
    if (isBegun) return;
    isBegun = true;
    if (sequenceOf) sequence = await sequenceOf();
    await file.begin(part());
  };
  return {
    get records() {
      return file.records;
    },
    get parts() {
      return [{ ...part(), file }];
    },
    begin: async () => {
      if (!sequenceOf) await begin();
    },
    write: async (section, rendered) => {
      if (rendered.records > 0) await begin();
      await file.writeRendered(section, rendered);
    },
    end: async () => {
      await begin();
      await file.end(part());
    },
    abort: () => file.abort(),
  };
}

/** An output that is split; without records it has no file, but one when `isNeverEmpty`. */
export function splitOutput(parts: OutputParts, { by, key }: Companions, isNeverEmpty: boolean): OutputFiles {
  return {
    get records() {
      return parts.records;
    },
    get parts() {
      return parts.parts;
    },
    begin: async () => {},
    write: async (_section, { rows }) => {
      const { records = [], sourceRows = [] } = rows ?? {};
      await parts.write({ records, sourceRows, by: by && records.map(by), keys: key && records.map(key) });
    },
    end: async () => {
      await parts.end(isNeverEmpty);
    },
    abort: () => parts.abort(),
  };
}

/** An output that is rendered for several receivers, once for each that numbers its files. */
export function variedOutput(
  variants: readonly { readonly destination: string | undefined; readonly files: OutputFiles }[],
): OutputFiles {
  const each = async (act: (files: OutputFiles) => Promise<void>): Promise<void> => {
    for (const { files } of variants) await act(files);
  };
  return {
    get records() {
      return variants[0]?.files.records ?? 0;
    },
    get parts() {
      return variants.flatMap(({ destination, files }) => files.parts.map((part) => ({ ...part, destination })));
    },
    begin: () => each((files) => files.begin()),
    write: (section, part) => each((files) => files.write(section, part)),
    end: () => each((files) => files.end()),
    abort: () => each((files) => files.abort()),
  };
}
