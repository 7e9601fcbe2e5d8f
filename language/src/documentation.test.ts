/** The page for users names every function, rounding mode and code there is, and its expressions compile. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checkExpression } from "./check-expression.ts";
import { formatDiagnostic } from "./diagnostic.ts";
import { FUNCTIONS } from "./functions/table.ts";
import { ROUNDING_MODES } from "./runtime/rounding.ts";
import { PART_NAMES, RECORD_NAMES, RUN_NAMES } from "./scope.ts";

const page = readFileSync(new URL("../../docs/expressions.md", import.meta.url), "utf8");

test("every function is in the table, and nothing else", () => {
  const table = page.slice(page.indexOf("## Functions"), page.indexOf("Rounding modes"));
  const cells = table.split("\n").flatMap((line) => (line.startsWith("| `") ? [line.split(" | ")[0] ?? ""] : []));
  const named = new Set([...cells.join(" ").matchAll(/\b([A-Za-z_]+)\(/g)].map(([, name]) => name));
  expect([...named].sort()).toEqual([...FUNCTIONS.keys()].sort());
});

test("every rounding mode, value of the run, of a part and of a record is named", () => {
  const names = [
    ...ROUNDING_MODES.map((mode) => `"${mode}"`),
    ...RUN_NAMES.map(([name]) => `run.${name}`),
    ...PART_NAMES.map(([name]) => `part.${name}`),
    ...RECORD_NAMES.map(([name]) => `record.${name}`),
  ];
  expect(names.filter((name) => !page.includes(name))).toEqual([]);
});

test("every code of a remark is explained", () => {
  const source = readFileSync(new URL("./diagnostic.ts", import.meta.url), "utf8");
  const union = source.slice(
    source.indexOf("type DiagnosticCode"),
    source.indexOf(";", source.indexOf("type DiagnosticCode")),
  );
  const codes = [...union.matchAll(/"([A-Za-z]+)"/g)].map(([, code]) => code);
  const explained = page.slice(page.indexOf("`code` is stable"));
  expect(codes.length).toBeGreaterThan(20);
  expect(codes.filter((code) => !explained.includes(`\`${code}\``))).toEqual([]);
});

test("the remark shown is the remark given", () => {
  const row = [{ name: "quantity", type: "Integer", required: true }];
  const { diagnostics } = checkExpression({
    source: "row.quantiy > 0",
    path: "spec.validation.rules[3].assert",
    scope: { row, runParameters: [] },
  });
  expect(page).toContain(diagnostics.map(formatDiagnostic).join("\n"));
});
