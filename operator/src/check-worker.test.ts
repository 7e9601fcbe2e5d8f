import { canonicalJson, type Definition } from "@openreg/crds";
import { afterEach, expect, test } from "vitest";
import { type DefinitionCheck, newDefinitionCheck } from "./check-worker.ts";
import { tradesDefinition } from "./testdata/trades.ts";

const workerFile = new URL("./check-worker.ts", import.meta.url);
let check: DefinitionCheck | undefined;
afterEach(() => check?.close());

const textOf = (change: Partial<Definition>) => canonicalJson({ ...tradesDefinition, ...change });

test("says nothing about a good definition, as often as it is asked", async () => {
  check = newDefinitionCheck({ workerFile, timeoutMilliseconds: 20_000 });
  expect(await check.check(textOf({}))).toEqual([]);
  expect(await check.check(textOf({}))).toEqual([]);
});

test("names the place and the way out of a wrong expression", async () => {
  check = newDefinitionCheck({ workerFile, timeoutMilliseconds: 20_000 });
  const remarks = await check.check(textOf({ fields: [{ name: "total", value: "row.qtty * row.qty" }] }));
  expect(remarks).toMatchObject([{ path: "spec.fields[0].value", severity: "Error", line: 1, column: 5 }]);
});

test("a check that takes too long is a remark, and the next one works again", async () => {
  check = newDefinitionCheck({ workerFile, timeoutMilliseconds: 1 });
  const fields = Array.from({ length: 400 }, (_one, index) => ({
    name: `f${index}`,
    value: `${"(".repeat(50)}row.qty${" + 1)".repeat(50)}`,
  }));
  expect(await check.check(textOf({ fields }))).toMatchObject([{ code: "CheckTooExpensive", severity: "Error" }]);
  await check.close();
  check = newDefinitionCheck({ workerFile, timeoutMilliseconds: 20_000 });
  expect(await check.check(textOf({}))).toEqual([]);
});

test("a check that takes too much memory is a remark, and this program goes on", async () => {
  const greedy = new URL("./testdata/greedy-worker.ts", import.meta.url);
  check = newDefinitionCheck({ workerFile: greedy, timeoutMilliseconds: 60_000, memoryMegabytes: 32 });
  expect(await check.check(textOf({}))).toMatchObject([{ code: "CheckTooExpensive" }]);
});

test("a thread that does not get to run is waited for: only its own time counts", async () => {
  const sleepy = new URL("./testdata/sleepy-worker.ts", import.meta.url);
  check = newDefinitionCheck({ workerFile: sleepy, timeoutMilliseconds: 100 });
  expect(await check.check(textOf({}))).toEqual([]);
});
