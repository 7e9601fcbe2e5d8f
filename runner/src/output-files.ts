/** Owns the files of one output while they are written: one, or as many parts as its limits ask for. */
import type { Definition } from "@openreg/crds";
import type { PartValues } from "@openreg/language";
import { StepError } from "./errors.ts";
import { ValueRefused } from "./formats/format.ts";
import type { Companions } from "./output-companions.ts";
import type { OutputFile } from "./output-file.ts";
import type { SectionRecords } from "./rows/lane.ts";
import type { OutputParts, WrittenPart } from "./split/output-parts.ts";

/** The files of an output. Nothing of them is visible before they are committed. */
export interface OutputFiles {
  /** Records so far, of all files. */
  readonly records: number;
  /** The files so far. */
  readonly parts: readonly WrittenPart[];
  begin(): Promise<void>;
  /** Writes records of a section. Throws StepError `OutputValueInvalid` for what the output cannot hold. */
  write(section: number, records: SectionRecords): Promise<void>;
  /** Ends the files. Throws StepError `OutputValueInvalid` for a document that does not fit its schema. */
  end(): Promise<void>;
  /** Removes what was written. May be called at any time, also twice. */
  abort(): Promise<void>;
}

/** An output that is one file. */
export function wholeOutput({ name }: Pick<Definition["outputs"][number], "name">, file: OutputFile): OutputFiles {
  const part = (): PartValues => ({ number: 1, records: file.records, sequence: "" });
  return {
    get records() {
      return file.records;
    },
    get parts() {
      return [{ ...part(), file }];
    },
    begin: () => file.begin(part()),
    write: async (section, { records, sourceRows }) => {
      try {
        await file.write(section, records);
      } catch (error) {
        throw error instanceof ValueRefused ? refusedValue(name, error, sourceRows) : error;
      }
    },
    end: () => file.end(part()),
    abort: () => file.abort(),
  };
}

function refusedValue(output: string, cause: ValueRefused, sourceRows: readonly number[]): StepError {
  const where = `output ${output}, column ${cause.header}, source row ${sourceRows[cause.record]}`;
  return new StepError("OutputValueInvalid", `${where}: the value ${cause.message}`, {
    cause,
    step: "GeneratingArtifacts",
  });
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
    write: async (_section, { records, sourceRows }) => {
      await parts.write({ records, sourceRows, by: by && records.map(by), keys: key && records.map(key) });
    },
    end: async () => {
      await parts.end(isNeverEmpty);
    },
    abort: () => parts.abort(),
  };
}
