import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { partFile } from "@openreg/crds";
import { afterAll, expect, test } from "vitest";
import { mountedParts, partsInMemory } from "./parts.ts";

const folder = mkdtempSync(join(tmpdir(), "openreg-parts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = "code,name\nEUR,€\n";
const sha256 = createHash("sha256").update(text).digest("hex");

function mount(hash: string, content: string): void {
  mkdirSync(join(folder, hash), { recursive: true });
  writeFileSync(join(folder, partFile(hash)), content);
}

test("reads what is mounted under the hash of its text", async () => {
  mount(sha256, text);
  expect(await mountedParts(folder)(sha256)).toBe(text);
});

test("refuses another text under that hash", async () => {
  const other = "0".repeat(64);
  mount(other, text);
  await expect(mountedParts(folder)(other)).rejects.toThrow(/holds another text/);
});

test("names what is missing", async () => {
  await expect(mountedParts(folder)("1".repeat(64))).rejects.toThrow(/is not mounted/);
  await expect(partsInMemory([])(sha256)).rejects.toThrow(/is not among the files/);
});

test("finds a text in memory by its hash", async () => expect(await partsInMemory([text])(sha256)).toBe(text));
