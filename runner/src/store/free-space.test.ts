/** Says when a volume counts as full, and how often it is asked. */
import { expect, test } from "vitest";
import { FreeSpace, keptBytesOf, type Space } from "./free-space.ts";

const mebibyte = 1024 * 1024;

test.each([
  ["a tenth of a small volume", 20 * mebibyte, 2 * mebibyte],
  ["one gibibyte of a large one", 1024 * 1024 * mebibyte, 1024 * mebibyte],
])("keeps %s", (_sentence, totalBytes, kept) => expect(keptBytesOf({ totalBytes })).toBe(kept));

test("lets nothing be written into what is kept, however small the writes are", async () => {
  const volume: Space & { freeBytes: number } = { totalBytes: 20 * mebibyte, freeBytes: 20 * mebibyte };
  const space = new FreeSpace("/store", async () => volume);
  const piece = 100_000;
  const write = async (): Promise<void> => {
    await space.take(piece);
    volume.freeBytes -= piece;
  };
  await expect(
    (async () => {
      for (;;) await write();
    })(),
  ).rejects.toMatchObject({
    code: "DiskFull",
    message: expect.stringContaining("of 20.0 MiB left, and 2.0 MiB are kept"),
  });
  expect(volume.freeBytes).toBeGreaterThanOrEqual(2 * mebibyte);
  expect(volume.freeBytes).toBeLessThan(2 * mebibyte + piece);
});

test("asks seldom where there is much room, and never stops at a volume that does not say how large it is", async () => {
  let asked = 0;
  const space = new FreeSpace("/store", async () => {
    asked += 1;
    return { totalBytes: 1e12, freeBytes: 9e11 };
  });
  for (let count = 0; count < 1000; count += 1) await space.take(256 * 1024);
  expect(asked).toBeLessThan(20);
  await new FreeSpace("/store", async () => ({ totalBytes: 0, freeBytes: 0 })).take(1e9);
});
