/** Owns how a workbook is put together from deflated pieces of sheets, in one go from front to back. */
import { crc32 } from "node:zlib";
import { type ArchiveEntry, descriptor, directory, storedHeader, streamedHeader } from "../../zip-archive.ts";
import type { Chunk, FileAssembly, SectionAssembly } from "../format.ts";
import { combinedCrc32 } from "./crc32-combine.ts";
import { type Deflated, deflated } from "./deflate.ts";
import { sheetNames } from "./sheet-name.ts";
import { closingParts, leadingParts, type Part } from "./workbook.ts";

/** A sheet before it has rows. */
export interface SheetFrame {
  readonly name: string;
  readonly head: Uint8Array;
  readonly foot: Uint8Array;
}

/** What a new workbook is made from. */
export interface WorkbookFrame {
  readonly styles: string;
  readonly sheets: readonly SheetFrame[];
}

/** A new workbook. */
export function newWorkbook({ styles, sheets }: WorkbookFrame): FileAssembly {
  const sections = sheets.map((sheet, index) => new SheetAssembly(sheet, index + 1));
  const leading = storedParts(leadingParts(styles), 0);
  return {
    sections,
    begin: () => leading.bytes,
    end: () => {
      let offset = leading.sizeBytes;
      const entries = [...leading.entries];
      for (const section of sections) {
        const from = offset;
        entries.push(...section.entries.map((entry) => ({ ...entry, offset: entry.offset + from })));
        offset += section.sizeBytes;
      }
      const names = sheetNames(
        sheets.map(({ name }) => name),
        sections.map((section) => section.entries.length),
      );
      const listed = sections.flatMap((section, index) =>
        section.entries.map((entry, at) => ({ path: entry.name, name: names[index]?.[at] ?? "" })),
      );
      const closing = storedParts(closingParts(listed), offset);
      return [...closing.bytes, directory([...entries, ...closing.entries], offset + closing.sizeBytes)];
    },
  };
}

interface StoredParts {
  readonly bytes: readonly Uint8Array[];
  readonly entries: readonly ArchiveEntry[];
  readonly sizeBytes: number;
}

function storedParts(parts: readonly Part[], offset: number): StoredParts {
  const bytes: Uint8Array[] = [];
  const entries: ArchiveEntry[] = [];
  let sizeBytes = 0;
  for (const [name, xml] of parts) {
    const body = Buffer.from(xml);
    const sizes = { crc32: crc32(body), packedBytes: body.length, plainBytes: body.length };
    const header = storedHeader(name, sizes.crc32, body.length);
    entries.push({ name, isDeflated: false, ...sizes, offset: offset + sizeBytes });
    bytes.push(header, body);
    sizeBytes += header.length + body.length;
  }
  return { bytes, entries, sizeBytes };
}

/** One named sheet with the sheets that continue it. Offsets count from the beginning of the section. */
class SheetAssembly implements SectionAssembly {
  readonly entries: ArchiveEntry[] = [];
  sizeBytes = 0;
  readonly #frame: SheetFrame;
  readonly #number: number;
  #open: ArchiveEntry | undefined;

  constructor(frame: SheetFrame, number: number) {
    this.#frame = frame;
    this.#number = number;
  }

  add(chunks: readonly Chunk[]): readonly Uint8Array[] {
    const out: Uint8Array[] = [];
    for (const { bytes, compressed } of chunks) {
      if (!compressed) throw new Error("a chunk of a workbook lacks what it stands for");
      // a section's first sheet is 0, and every sheet before this one is closed
      while (!this.#open || this.entries.length < compressed.sheet) this.#next(out);
      this.#append(out, { bytes, ...compressed });
    }
    return out;
  }

  end(): readonly Uint8Array[] {
    const out: Uint8Array[] = [];
    if (!this.#open) this.#next(out);
    this.#close(out);
    return out;
  }

  /** Closes the sheet, if one is open, and begins the next. */
  #next(out: Uint8Array[]): void {
    this.#close(out);
    const number = this.entries.length + 1;
    const name = `xl/worksheets/sheet${this.#number}${number === 1 ? "" : `-${number}`}.xml`;
    this.#open = { name, isDeflated: true, crc32: 0, packedBytes: 0, plainBytes: 0, offset: this.sizeBytes };
    this.#emit(out, streamedHeader(name));
    this.#append(out, deflated(this.#frame.head, false));
  }

  #close(out: Uint8Array[]): void {
    if (!this.#open) return;
    this.#append(out, deflated(this.#frame.foot, true));
    this.#emit(out, descriptor(this.#open));
    this.entries.push(this.#open);
    this.#open = undefined;
  }

  #append(out: Uint8Array[], { bytes, crc32: crc, sizeBytes }: Deflated): void {
    if (!this.#open) return;
    this.#open = {
      ...this.#open,
      crc32: combinedCrc32(this.#open.crc32, crc, sizeBytes),
      packedBytes: this.#open.packedBytes + bytes.length,
      plainBytes: this.#open.plainBytes + sizeBytes,
    };
    this.#emit(out, bytes);
  }

  #emit(out: Uint8Array[], bytes: Uint8Array): void {
    out.push(bytes);
    this.sizeBytes += bytes.length;
  }
}
