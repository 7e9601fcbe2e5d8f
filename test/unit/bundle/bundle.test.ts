/** The bundles as the image ships them: they need Node and nothing else, start far from node_modules, and come out the same each time. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "openreg-bundle-"));
const bundles = ["operator.cjs", "check-worker.cjs", "runner.cjs", "lane-worker.cjs", "openreg.cjs"];

/** Required inside `try` by those who do without. */
const optional = [
  ...["cpu-features", "./crypto/build/Release/sshcrypto.node"],
  ...["pg-native", "supports-color", "bufferutil", "utf-8-validate"],
];

beforeAll(() => bundleInto("first"), 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function bundleInto(name: string): void {
  const out = join(folder, name);
  const { status, stderr } = spawnSync(process.execPath, [join(root, "scripts/bundle.ts"), "--out", out]);
  expect(stderr.toString()).toBe("");
  expect(status).toBe(0);
}

const read = (name: string) => readFileSync(join(folder, "first", name), "utf8");

/** A program as the image starts it, with nothing in its environment but what is given. */
function start(bundle: string, environment: Readonly<Record<string, string>>) {
  const options = { cwd: folder, env: environment, timeout: 20_000, encoding: "utf8" } as const;
  return spawnSync(process.execPath, [join(folder, "first", bundle)], options);
}

test("there is a bundle with its source map for each program, and the licences", () => {
  const maps = bundles.map((name) => `${name}.map`);
  expect(readdirSync(join(folder, "first")).sort()).toEqual([...bundles, ...maps, "THIRD-PARTY-LICENSES.txt"].sort());
});

describe.each(bundles)("%s", (name) => {
  test("requires Node's own modules only", () => {
    const required = [...read(name).matchAll(/\brequire\(["']([^"']+)["']\)/g)].map(([, module]) => module as string);
    const known = new Set([...builtinModules, ...builtinModules.map((module) => `node:${module}`), ...optional]);
    const unknown = required.filter((module) => !known.has(module) && !module.startsWith("node:"));
    expect(unknown).toEqual([]);
  });

  test("names no folder of the machine that made it", () => {
    for (const file of [name, `${name}.map`]) expect(read(file)).not.toContain(root);
  });
});

test("the operator starts, and says what it lacks", () => {
  const { status, stderr } = start("operator.cjs", { OPENREG_KUBECONFIG: join(folder, "none") });
  expect(stderr).toMatch(/^openreg-operator: .*none/m);
  expect(stderr).not.toMatch(/Cannot find module/);
  expect(status).toBe(1);
});

test("the runner starts, and says what it lacks", () => {
  const { status, stdout, stderr } = start("runner.cjs", { OPENREG_TEST_ROOT: folder });
  expect(`${stdout}${stderr}`).toMatch(/plan\.json/);
  expect(`${stdout}${stderr}`).not.toMatch(/Cannot find module/);
  expect([10, 11]).toContain(status);
});

describe("the command line", () => {
  const bin = mkdtempSync(join(folder, "bin-"));
  const storeHead = "apiVersion: openreg.dev/v1alpha1\nkind: ArtifactStore\nmetadata: {name: store}\nspec:\n";

  /** Starts it as people do: by its name on PATH, alone in a folder. */
  function openreg(name: string, args: readonly string[]) {
    const path = [bin, dirname(process.execPath)].join(delimiter);
    return spawnSync(join(bin, name), args, { cwd: bin, env: { PATH: path }, timeout: 60_000, encoding: "utf8" });
  }

  beforeAll(() => {
    copyFileSync(join(folder, "first", "openreg.cjs"), join(bin, "openreg"));
    symlinkSync("openreg", join(bin, "kubectl-openreg"));
    writeFileSync(join(bin, "good.yaml"), `${storeHead}  persistentVolumeClaimRef: {name: reports}\n`);
    writeFileSync(join(bin, "bad.yaml"), `${storeHead}  persistentVolumeClaimRef: {names: reports}\n`);
  });

  test.each(["openreg", "kubectl-openreg"])("is a program of its own as %s", (name) => {
    const { status, stdout, stderr } = openreg(name, ["--help"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const command of ["run", "lint", "explain", "findings", "diff"]) {
      expect(stdout).toMatch(new RegExp(`^openreg ${command} `, "m"));
    }
  });

  test("asks the schemas of the kinds, which are in it", () => {
    expect(openreg("openreg", ["lint", "-f", "good.yaml"])).toMatchObject({ status: 0, stdout: "" });
    const bad = openreg("openreg", ["lint", "-f", "bad.yaml"]);
    expect(bad.stdout).toMatch(
      /^bad\.yaml:5:\d+: ArtifactStore 'store'\nspec.persistentVolumeClaimRef.name: is required/,
    );
    expect(bad.status).toBe(1);
  });

  test("says what it does not know, and ends with 2", () => {
    const { status, stderr } = openreg("openreg", ["sing"]);
    expect(stderr).toMatch(/^there is no command 'sing'/);
    expect(status).toBe(2);
  });
});

test("the licences name each package with its version, and give its text", () => {
  const text = read("THIRD-PARTY-LICENSES.txt");
  for (const name of ["pg", "ssh2", "pino", "zod", "prom-client", "@kubernetes/client-node"]) {
    expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(.+\\)$`, "m"));
  }
  expect(text).not.toContain("@openreg/");
});

test("a second build gives the same bytes", () => {
  bundleInto("second");
  const hashesOf = (name: string) =>
    readdirSync(join(folder, name)).map((file) => [
      file,
      createHash("sha256")
        .update(readFileSync(join(folder, name, file)))
        .digest("hex"),
    ]);
  expect(hashesOf("second")).toEqual(hashesOf("first"));
}, 120_000);
