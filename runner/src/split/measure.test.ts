/** Proves that parts cut by size keep to it, as files and as what packages make of them. */
import { expect, test } from "vitest";
import { newFixedWidthFormat } from "../formats/fixed-width/renderer.ts";
import type { Format } from "../formats/format.ts";
import { someRun } from "../formats/run-texts.fixture.ts";
import { gzipped } from "../packages/gzip.ts";
import { zipped } from "../packages/zip.ts";
import { type Measured, measure, measureAround } from "./measure.ts";
import { Splitter } from "./splitter.ts";

const maxBytes = 20_000;
const pieces = Array.from({ length: 40 }, (_, piece) =>
  Array.from({ length: 256 }, (__, row) => [`${(piece * 256 + row) ** 3}`, "Anna Müller"]),
);

test.each<Measured>(["Uncompressed", "Compressed"])(
  "parts cut by their %s size keep to it and are nearly full",
  async (measured) => {
    const format = lines();
    const parts = partsOf(format, measured);
    expect(parts.length).toBeGreaterThan(3);
    const sizes: number[] = [];
    for (const [index, records] of parts.entries()) {
      const bytes = fileOf(format, index + 1, records);
      if (measured === "Uncompressed") sizes.push(bytes.length);
      else for (const pack of [gzipped, zippedAs]) sizes.push(await sizeOf(pack(once(bytes))));
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(maxBytes);
    const full = measured === "Uncompressed" ? maxBytes - 100 : maxBytes * 0.7;
    expect(sizes[0]).toBeGreaterThan(full);
  },
);

function lines(): Format {
  const column = { align: "Left" as const, pad: " " };
  const columns = [
    { value: "row.a", width: 24, ...column },
    { value: "row.b", width: 20, ...column },
  ];
  const settings = {
    columns,
    newline: "LF" as const,
    header: ["part {part.number}"],
    trailer: ["{part.records} records"],
  };
  return newFixedWidthFormat(settings, [], someRun);
}

/** The records of each part. */
function partsOf(format: Format, measured: Measured): string[][][] {
  const splitter = new Splitter<number>({ maxBytes, bytesAround: measureAround(format, measured, "") });
  const parts: string[][][] = [];
  for (const [piece, rows] of pieces.entries()) {
    const sizeOfRows = (from: number, to: number) =>
      measure(format.sections[0]?.render(rows.slice(from, to), 0) ?? [], measured);
    for (const { from, to, part } of splitter.push({ piece, count: rows.length, sizeOf: sizeOfRows })) {
      parts[part - 1] ??= [];
      parts[part - 1]?.push(...rows.slice(from, to));
    }
  }
  expect(parts.flat().length).toBe(40 * 256);
  return parts;
}

function fileOf(format: Format, number: number, records: string[][]): Buffer {
  const part = { number, records: records.length, sequence: "" };
  const file = format.newFile();
  const body = file.sections[0]?.add(format.sections[0]?.render(records, 0) ?? []) ?? [];
  return Buffer.concat([...file.begin(part), ...body, ...file.end(part)]);
}

function zippedAs(source: AsyncIterable<Uint8Array>) {
  return zipped(source, "MIFIR_9999OPENREG000000168_20260130_000418.xml");
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function sizeOf(source: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const chunk of source) size += chunk.byteLength;
  return size;
}
