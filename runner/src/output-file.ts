/** Owns one file of an output while it is written: its sections, each in order, and the bytes around them. */
import type { PartValues } from "@openreg/language";
import type { Row } from "./connectors/connector.ts";
import type { Chunk, FileAssembly, Format, Section, SectionAssembly } from "./formats/format.ts";
import type { StoredBytes, StoreWriter } from "./store/store.ts";

interface OpenSection {
  readonly section: Section;
  readonly assembly: SectionAssembly;
  /** The file itself, or temporary bytes that wait until it is their turn. */
  readonly writer: StoreWriter;
  records: number;
}

/** Records that were rendered elsewhere, for this place in the file. */
export interface RenderedRecords {
  readonly records: number;
  readonly chunks: readonly Chunk[];
  /** What messages call each record, where somebody wants to know. */
  readonly keys?: readonly string[] | undefined;
}

/** How a file names its records. */
export interface RecordNames {
  /** What messages call a record. */
  readonly keyOf: (record: Row) => string;
  /** Told of the records that were written. */
  readonly onKeys: (keys: readonly string[]) => Promise<void>;
}

/** How many writers a file needs: sections after the first wait in temporary bytes, and all do when the beginning comes last. */
export function writersOf({ sections, showsCountFirst }: Format): number {
  return sections.length + (showsCountFirst === true ? 1 : 0);
}

/** A file being written, unseen until it is committed. */
export class OutputFile {
  readonly #assembly: FileAssembly;
  readonly #sections: OpenSection[] = [];
  readonly #writer: StoreWriter;
  readonly #beginsLast: boolean;
  readonly #names: RecordNames | undefined;

  /** As many writers as `writersOf` says: the file itself, then those of temporary bytes. */
  constructor(format: Format, writers: readonly StoreWriter[], names?: RecordNames) {
    this.#names = names;
    const [file] = writers;
    if (!file) throw new Error("an output has nowhere to go");
    this.#writer = file;
    this.#assembly = format.newFile();
    this.#beginsLast = format.showsCountFirst === true;
    const own = this.#beginsLast ? writers.slice(1) : writers;
    for (const [index, section] of format.sections.entries()) {
      const assembly = this.#assembly.sections[index];
      const writer = own[index];
      if (!assembly || !writer) throw new Error(`section ${index + 1} of an output has nowhere to go`);
      this.#sections.push({ section, assembly, writer, records: 0 });
    }
  }

  /** Records so far, of all sections. */
  get records(): number {
    return this.#sections.reduce((sum, { records }) => sum + records, 0);
  }

  /** Writes what stands before the first record, unless that has to wait for their number. */
  async begin(part: PartValues): Promise<void> {
    if (this.#beginsLast) return;
    await writeAll(this.#writer, this.#assembly.begin(part));
  }

  /** Renders and writes records of a section. Throws ValueRefused. */
  async write(index: number, records: readonly Row[]): Promise<void> {
    const { section, records: first } = this.#section(index);
    const keys = this.#names && records.map(this.#names.keyOf);
    await this.writeRendered(index, { records: records.length, chunks: section.render(records, first), keys });
  }

  /** Writes records of a section that were rendered for this place. */
  async writeRendered(index: number, { records, chunks, keys }: RenderedRecords): Promise<void> {
    const open = this.#section(index);
    await writeAll(open.writer, open.assembly.add(chunks));
    open.records += records;
    if (keys) await this.#names?.onKeys(keys);
  }

  #section(index: number): OpenSection {
    const open = this.#sections[index];
    if (!open) throw new Error(`an output has no section ${index + 1}`);
    return open;
  }

  /** Ends the sections in their order, and the file, which is durable then. Throws what its writer finds wrong with it. */
  async end(part: PartValues): Promise<void> {
    if (this.#beginsLast) await writeAll(this.#writer, this.#assembly.begin(part));
    for (const { assembly, writer } of this.#sections) {
      await writeAll(writer, assembly.end());
      if (writer === this.#writer) continue;
      await writer.finish();
      for await (const bytes of writer.read()) await this.#writer.write(bytes);
      await writer.abort();
    }
    await writeAll(this.#writer, this.#assembly.end(part));
    await this.#writer.finish();
  }

  /** Publishes the file under a key. */
  commit(key: string): Promise<StoredBytes> {
    return this.#writer.commit(key);
  }

  /** Removes what was written. May be called at any time, also twice. */
  async abort(): Promise<void> {
    await Promise.all([this.#writer, ...this.#sections.map(({ writer }) => writer)].map((writer) => writer.abort()));
  }
}

async function writeAll(writer: StoreWriter, parts: readonly Uint8Array[]): Promise<void> {
  for (const bytes of parts) await writer.write(bytes);
}
