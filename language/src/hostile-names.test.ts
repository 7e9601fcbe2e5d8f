/** Names that mean something to JavaScript are names like any other, and none reaches the generated text. */
import { afterEach, expect, test } from "vitest";
import { checkExpression } from "./check-expression.ts";
import { RUN } from "./outcome.fixture.ts";
import { compileRowProgram } from "./row-program.ts";
import { compileTemplate } from "./template.ts";

const NAMES = [
  "constructor",
  "__proto__",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "__defineGetter__",
  "then",
  "arguments",
  "eval",
  "c0",
  "site",
  "V",
];

afterEach(() => {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

test.each(NAMES)("a column named %s is a column", (name) => {
  const program = compileRowProgram({
    columns: [{ name, type: "Integer", required: true }],
    fields: [],
    rules: [{ id: name, assert: `row.${name} == 5` }],
    outputs: [{ name, columns: [{ value: `row.${name} + 1` }] }],
    run: RUN,
  });
  expect(program.evaluate(["5"])).toBe(0);
  expect(program.render(0)).toEqual(["6"]);
});

test.each(NAMES)("%s is no column, function, method, parameter or value of the run when nobody declared it", (name) => {
  const scope = { row: [{ name: "text", type: "String", required: true }], runParameters: [], part: true };
  for (const source of [
    `row.${name}`,
    `row.text.${name}`,
    `run.${name}`,
    `run.parameters.${name}`,
    `part.${name}`,
    `${name}(1)`,
    `row.text.${name}()`,
    `"".${name}`,
    `row["${name}"]`,
  ]) {
    const { type, diagnostics } = checkExpression({ source, path: "x", scope });
    expect(type).toBeUndefined();
    expect(diagnostics[0]?.severity).toBe("Error");
  }
});

test.each(NAMES)("a field named %s is a field, and a parameter a parameter", (name) => {
  const program = compileRowProgram({
    columns: [{ name: "x", type: "Integer", required: true }],
    fields: [{ name, value: "row.x * 2" }],
    rules: [],
    outputs: [{ name: "f", columns: [{ value: `row.${name}` }, { value: `run.parameters.${name}` }] }],
    runParameters: [{ name, type: "String" }],
    run: { ...RUN, parameters: Object.fromEntries([[name, "given"]]) },
  });
  program.evaluate(["4"]);
  expect(program.render(0)).toEqual(["8", "given"]);
});

test("a parameter is not inherited", () => {
  const parameters = Object.create({ lei: "inherited" });
  const scope = { runParameters: [{ name: "lei", type: "String" }] };
  expect(() => compileTemplate("{run.parameters.lei}", scope)({ run: { ...RUN, parameters } })).toThrow(
    "run.parameters.lei must be given",
  );
});

test.each([
  '"]; globalThis.polluted = 1; //',
  "a\nb",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text is what matters here
  "`${globalThis.polluted = 1}`",
  "*/ globalThis.polluted = 1 /*",
  "\u2028globalThis.polluted = 1",
  "'+(globalThis.polluted=1)+'",
])("a column named %j does not become code", (name) => {
  const source = `row[${JSON.stringify(name).replaceAll("\u2028", "\\u2028")}] + ${JSON.stringify(name).replaceAll("\u2028", "\\u2028")}`;
  const program = compileRowProgram({
    columns: [{ name, type: "String", required: true }],
    fields: [],
    rules: [{ id: name, assert: `${source} != ""` }],
    outputs: [{ name, columns: [{ value: source }] }],
    run: RUN,
  });
  expect(program.evaluate(["x"])).toBe(0);
  expect(program.render(0)).toEqual([`x${name}`]);
  expect((globalThis as Record<string, unknown>).polluted).toBeUndefined();
});

test("values of the run and patterns do not become code", () => {
  const hostile = '"; globalThis.polluted = 1; "';
  const program = compileRowProgram({
    columns: [{ name: "x", type: "String", required: true }],
    fields: [],
    rules: [{ id: "r", assert: "row.x.matches(r'^[\"/;]{0,3}$') || run.parameters.p == row.x" }],
    outputs: [],
    runParameters: [{ name: "p", type: "String" }],
    run: { ...RUN, parameters: { p: hostile } },
  });
  expect(program.evaluate([hostile])).toBe(0);
  expect((globalThis as Record<string, unknown>).polluted).toBeUndefined();
});
