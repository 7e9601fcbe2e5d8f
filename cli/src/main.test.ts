import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const program = join(import.meta.dirname, "main.ts");
const testdata = join(import.meta.dirname, "testdata");

interface Told {
  readonly code: number | null;
  readonly out: string;
  readonly talk: string;
}

function openreg(args: readonly string[], path = program): Told {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path, ...args], { cwd: testdata, encoding: "utf8" });
  return { code: status, out: stdout, talk: stderr };
}

let folder: string;
let run: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "openreg-cli-"));
  run = join(folder, "store", "runs", "trades-2026-04-01", "u1");
  await mkdir(run, { recursive: true });
  const finding = (row: number, rule: string, severity: string, more = {}) => ({
    ...{ rule, severity, row, recordKey: { id: `T${row}` }, columns: { price: null }, message: "the price is known" },
    ...more,
  });
  const findings = [
    finding(1, "price", "Warning"),
    finding(2, "price", "Warning", { undecided: "price is null at 1:5" }),
    finding(3, "isin", "Blocking", { message: "bad\u001b[31m" }),
  ];
  await writeFile(
    join(run, "findings.ndjson.zst"),
    zstdCompressSync(findings.map((one) => `${JSON.stringify(one)}\n`).join("")),
  );
});
afterAll(() => rm(folder, { recursive: true }));

describe("lint", () => {
  test.each([
    ["text", [], "bad.txt"],
    ["one object", ["--json"], "bad.json"],
    ["SARIF", ["--sarif"], "bad.sarif"],
  ])("gives what is wrong as %s, and ends with 1", async (_sentence, args, golden) => {
    const { code, out, talk } = openreg(["lint", "-f", "bad.yaml", ...args]);
    expect(out).toBe(await readFile(join(testdata, golden), "utf8"));
    expect({ code, talk }).toEqual({ code: 1, talk: "2 objects: 5 errors, 2 warnings\n" });
  });

  test("says nothing on standard output when nothing is wrong, and ends with 0", () => {
    expect(openreg(["lint", "-f", "good.yaml"])).toEqual({
      code: 0,
      out: "",
      talk: "2 objects: 0 errors, 0 warnings\n",
    });
  });
});

describe("explain", () => {
  test("shows the plan and the program", async () => {
    const plan = await readFile(join(testdata, "good.explain.txt"), "utf8");
    expect(openreg(["explain", "-f", "good.yaml", "--no-code"])).toEqual({ code: 0, out: plan, talk: "" });
    const { code, out } = openreg(["explain", "-f", "good.yaml"]);
    expect(out.startsWith(`${plan}\nPROGRAM for the rows of trades\n`)).toBe(true);
    expect(out).toContain("function evaluate(row)");
    expect(code).toBe(0);
  });

  test("refuses what is wrong, with file and line", () => {
    const { code, out, talk } = openreg(["explain", "-f", "bad.yaml", "--report", "later-trades"]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(talk).toContain("bad.yaml:29: Report later-trades: spec.steps: steps is not available yet");
  });
});

describe("findings", () => {
  test("are a table", () => {
    const { code, out, talk } = openreg(["findings", run]);
    expect(out).toBe(`  RULE   SEVERITY  ROW  RECORD  COLUMNS     MESSAGE
  price  Warning   1    id=T1   price=null  the price is known
  price  Warning   2    id=T2   price=null  the price is known (undecided: price is null at 1:5)
  isin   Blocking  3    id=T3   price=null  bad\ufffd[31m
`);
    expect({ code, talk }).toEqual({ code: 0, talk: `${run}: 3 findings\n` });
  });

  test("are lines of JSON, of a rule, a severity and no more than asked for", () => {
    const store = ["--store", join(folder, "store"), "--run", "trades-2026-04-01"];
    const rows = (...args: string[]) =>
      openreg(["findings", ...store, "--json", ...args])
        .out.split("\n")
        .flatMap((line) => (line === "" ? [] : [JSON.parse(line).row]));
    expect([rows("--rule", "price"), rows("--severity", "Blocking"), rows("--limit", "1")]).toEqual([[1, 2], [3], [1]]);
  });
});

describe("diff", () => {
  test("ends with 0 when both are the same, and with 1 when not", async () => {
    const other = join(folder, "other.yaml");
    const text = await readFile(join(testdata, "good.yaml"), "utf8");
    await writeFile(other, text.replace("severity: Warning", "severity: Blocking"));
    expect(openreg(["diff", "good.yaml", "good.yaml"])).toEqual({ code: 0, out: "", talk: "no difference\n" });
    expect(openreg(["diff", "good.yaml", other])).toEqual({
      ...{ code: 1, talk: "" },
      out: 'RULES\n  ~ price-positive\n      severity: "Warning" -> "Blocking"\n',
    });
  });

  test("reads a ReportVersion as kubectl gives it", async () => {
    const { definition } = JSON.parse(openreg(["explain", "-f", "good.yaml", "--no-code", "--json"]).out);
    const spec = {
      ...{ series: "trades", report: "trades", format: "v1", contract: 1, contentHash: "0".repeat(64) },
      definition: JSON.stringify(definition),
    };
    const version = { apiVersion: "openreg.dev/v1alpha1", kind: "ReportVersion", metadata: { name: "trades-0" }, spec };
    const path = join(folder, "version.json");
    await writeFile(path, JSON.stringify(version));
    expect(openreg(["diff", path, "good.yaml"])).toMatchObject({ code: 0, out: "" });
  });
});

test.each([
  ["no such command", ["lnit"], "there is no command 'lnit'"],
  ["no such option", ["lint", "--fiel", "x"], "Unknown option '--fiel'"],
  ["no files", ["lint"], "with -f"],
  ["a file that is not there", ["lint", "-f", "nowhere.yaml"], "nowhere.yaml cannot be read"],
  ["a file without its -f", ["lint", "good.yaml"], "'good.yaml' belongs to no option"],
  ["two formats", ["lint", "-f", "good.yaml", "--json", "--sarif"], "--json and --sarif"],
  ["one thing to compare", ["diff", "good.yaml"], "name two things to compare"],
  [
    "a time that is none",
    ["run", "-f", "x", "--business-date", "2026-04-01", "--created-at", "now"],
    "--created-at is a",
  ],
  ["no folder of a run", ["findings", "."], ". is no folder of a run"],
  ["a limit of nothing", ["findings", ".", "--limit", "0"], "--limit is a whole number"],
])("ends with 2 for %s", (_sentence, args, says) => {
  const { code, out, talk } = openreg(args);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(talk).toContain(says);
  expect(talk).not.toContain("    at ");
});

test("is also kubectl's plugin", async () => {
  const plugin = join(folder, "kubectl-openreg");
  await symlink(program, plugin);
  expect(openreg(["lint", "-f", "good.yaml"], plugin).code).toBe(0);
});

test("the page for users has the usage of every command, word for word", async () => {
  const page = await readFile(join(import.meta.dirname, "../../docs/cli.md"), "utf8");
  const { code, out } = openreg(["--help"]);
  const usages = out.trim().split("\n\n\n");
  expect(code).toBe(0);
  expect(usages.length).toBe(6);
  expect(usages.filter((usage) => !page.includes(usage))).toEqual([]);
});
