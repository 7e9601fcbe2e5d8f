/** Says that what is spilled comes back, leaves no file behind, and is counted. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { bytesOfQuantity, DiskMeter } from "./disk-meter.ts";
import { newSpillFile } from "./spill-file.ts";

const folder = mkdtempSync(join(tmpdir(), "openreg-spill-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("gives bytes back from where they were kept, in a file that nobody sees", () => {
  const spill = newSpillFile(new DiskMeter(), folder);
  expect([spill.append(Buffer.from("first ")), spill.append(Buffer.from("second"))]).toEqual([0, 6]);
  const into = Buffer.alloc(8, "-");
  spill.read(3, into);
  expect(into.toString()).toBe("st secon");
  const atEnd = Buffer.alloc(8, "-");
  spill.read(9, atEnd);
  expect(atEnd.toString()).toBe("ond-----");
  expect(readdirSync(folder)).toEqual([]);
});

test("R14: ends by name at nine tenths of the work volume, before a byte too many is written", () => {
  const spill = newSpillFile(new DiskMeter(bytesOfQuantity("20Mi")), folder);
  const mebibyte = Buffer.alloc(1024 * 1024);
  for (let count = 1; count <= 18; count += 1) spill.append(mebibyte);
  const full = expect.objectContaining({
    code: "DiskFull",
    retryable: true,
    message: expect.stringContaining("above 90 % of its 20 MiB; raise run.workVolumeSize"),
  });
  expect(() => spill.append(Buffer.alloc(1))).toThrow(full);
});

test("closes its file and gives the room back when it is cleared, and begins anew", () => {
  const filesOf = () => readdirSync("/proc/self/fd").length;
  const mebibyte = Buffer.alloc(1024 * 1024);
  const spill = newSpillFile(new DiskMeter(bytesOfQuantity("20Mi")), folder);
  const before = filesOf();
  for (let round = 0; round < 3; round += 1) {
    for (let count = 0; count < 18; count += 1) expect(spill.append(mebibyte)).toBe(count * mebibyte.length);
    expect(filesOf()).toBe(before + 1);
    spill.clear();
    spill.clear();
    expect(filesOf()).toBe(before);
  }
});

test("R14: a work volume that cannot be written is named with its cause", () => {
  const missing = newSpillFile(new DiskMeter(), join(folder, "missing"));
  expect(() => missing.append(Buffer.alloc(1))).toThrow(expect.objectContaining({ code: "DiskFull" }));
});

test.each([
  ["4Gi", 4 * 1024 ** 3],
  ["512Mi", 512 * 1024 ** 2],
  ["1.5k", 1500],
  ["20M", 20_000_000],
  ["7", 7],
  ["much", Number.POSITIVE_INFINITY],
])("reads the quantity %s", (quantity, bytes) => expect(bytesOfQuantity(quantity)).toBe(bytes));
