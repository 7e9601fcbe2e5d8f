import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readManifests, secretsOf, specsOf } from "./manifests.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "openreg-manifests-"));
});
afterEach(() => rm(folder, { recursive: true }));

const file = async (name: string, text: string): Promise<string> => {
  await writeFile(join(folder, name), text);
  return join(folder, name);
};

const connector = (host: string) => `apiVersion: openreg.dev/v1alpha1
kind: Connector
metadata: {name: db}
spec: {postgresql: {host: ${host}, database: trades}, credentialsSecretRef: {name: db}}
`;

test("a folder stands for its YAML files, and a later manifest replaces an earlier one", async () => {
  await file("a.yaml", connector("first"));
  await file("b.yml", `---\n${connector("second")}`);
  await file("notes.txt", "not YAML: [");
  const specs = specsOf<{ postgresql: { host: string } }>(await readManifests([folder]), "Connector");
  expect([...specs.values()].map((spec) => spec.postgresql.host)).toEqual(["second"]);
});

test("Secrets are read as text, from data and stringData", async () => {
  const path = await file(
    "secret.yaml",
    "kind: Secret\nmetadata: {name: db}\ndata: {username: cmVwb3J0aW5n}\nstringData: {password: p}\n",
  );
  expect(secretsOf(await readManifests([path])).get("db")).toEqual({ username: "reporting", password: "p" });
});

test("YAML is read as the API server reads it: NO is false", async () => {
  const path = await file("map.yaml", "kind: ConfigMap\nmetadata: {name: x}\nspec: {value: NO}\n");
  expect((await readManifests([path]))[0]?.spec).toEqual({ value: false });
});

const list = (...items: readonly string[]) =>
  `apiVersion: v1\nkind: List\nitems:\n${items.map((one) => one.replace(/^/gm, "  ").replace("  ", "- ").trimEnd()).join("\n")}\n`;

test("the items of a List are read as objects, as kubectl applies them", async () => {
  const path = await file("list.yaml", list(connector("first"), list(connector("inner").replace("db}", "other}"))));
  const read = await readManifests([path]);
  expect(read.map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
    ["Connector", "db"],
    ["Connector", "other"],
  ]);
});

const broken: Record<string, { text: string; says: RegExp }> = {
  "YAML that does not close": { text: "kind: [", says: /broken\.yaml:1: .*must be sufficiently indented/ },
  "a document without a kind": { text: "metadata: {name: x}", says: /broken\.yaml:1: .*no kind/ },
  "a wrong field of an item of a List": {
    text: list(connector("h"), connector("h").replace("database: trades", "database: 5")),
    says: /broken\.yaml:11: Connector db: spec\.postgresql\.database: /,
  },
  "an item of a List without a kind": { text: list("metadata: {name: x}"), says: /broken\.yaml:4: .*no kind/ },
  "a List without items": { text: "apiVersion: v1\nkind: List\n", says: /broken\.yaml:1: a List has no items/ },
  "a field of the wrong type": {
    text: connector("h").replace("database: trades", "database: 5"),
    says: /broken\.yaml:4: Connector db: spec\.postgresql\.database: /,
  },
};

test("a field that nobody knows is refused here as in a cluster", async () => {
  const path = await file("unknown.yaml", connector("h").replace("database:", "databaes: x, database:"));
  await expect(readManifests([path])).rejects.toThrow('unknown field "spec.postgresql.databaes"');
});

test.each(Object.entries(broken))("names the file and the place of %s", async (_sentence, { text, says }) => {
  const path = await file("broken.yaml", text);
  await expect(readManifests([path])).rejects.toThrow(says);
});

test("a path that does not exist is named", async () => {
  await expect(readManifests([join(folder, "nowhere")])).rejects.toThrow(/nowhere cannot be read/);
});
