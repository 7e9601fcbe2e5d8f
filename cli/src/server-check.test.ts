import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { checkByServer } from "./server-check.ts";
import { object, readBack } from "./wide-files.fixture.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "openreg-kubectl-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** A program that answers as kubectl did when it was asked about such an object. */
async function kubectl(stderr: string, code: number): Promise<string> {
  const path = join(folder, "kubectl");
  await writeFile(path, `#!/bin/sh\ncat >/dev/null\ncat >&2 <<'END'\n${stderr}\nEND\nexit ${code}\n`);
  await chmod(path, 0o755);
  return path;
}

const { placed } = readBack([object("Report", "bad", { steps: [{}], outputs: [{ name: "o" }] })]);

const refusals: Record<string, { says: string; remarks: readonly string[] }> = {
  "several causes": {
    says: `The Report "bad" is invalid: 
* spec.steps: Forbidden: steps is not available yet
* spec.outputs[0]: Invalid value: exactly one of csv, json must be set`,
    remarks: [
      "6:3 spec.steps: Forbidden: steps is not available yet",
      "9:7 spec.outputs[0]: Invalid value: exactly one of csv, json must be set",
    ],
  },
  "one cause": {
    says: `The Report "bad" is invalid: spec.outputs[0].fileName: Required value`,
    remarks: ["9:7 spec.outputs[0].fileName: Required value"],
  },
  "a field that it does not know": {
    says: `Error from server (BadRequest): error when creating "STDIN": strict decoding error: unknown field "spec.steps"`,
    remarks: [
      `6:3 spec.steps: Error from server (BadRequest): error when creating "STDIN": strict decoding error: unknown field "spec.steps"`,
    ],
  },
  "a namespace that is not there": {
    says: `Error from server (NotFound): error when creating "STDIN": namespaces "n" not found`,
    remarks: [`1:1 : Error from server (NotFound): error when creating "STDIN": namespaces "n" not found`],
  },
};

test.each(Object.entries(refusals))("places %s", async (_sentence, { says, remarks }) => {
  const found = await checkByServer(placed, { kubectl: await kubectl(says, 1) });
  expect(found.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`)).toEqual(remarks);
});

test("says nothing about what the server takes, warnings of kubectl or not", async () => {
  expect(await checkByServer(placed, { kubectl: await kubectl("Warning: old", 0) })).toEqual([]);
});

test.each([
  'error: context "nope" does not exist',
  'error: error validating "STDIN": error validating data: failed to download openapi: connection refused',
])("a cluster that cannot be asked is no remark: %s", async (says) => {
  await expect(checkByServer(placed, { kubectl: await kubectl(says, 1) })).rejects.toThrow(
    "the cluster cannot be asked",
  );
});

test("says that there is no kubectl", async () => {
  const missing = { kubectl: join(folder, "nowhere") };
  await expect(checkByServer(placed, missing)).rejects.toThrow("kubectl cannot be started: put it on PATH");
});

test("asks about objects of ours only: Secrets go nowhere", async () => {
  const others = readBack([{ apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, stringData: { a: "b" } }]);
  expect(await checkByServer(others.placed, { kubectl: join(folder, "nowhere") })).toEqual([]);
});
