/** Templates of file names: what they give, what is refused, where the remark points. */
import { expect, test } from "vitest";
import { formatDiagnostic } from "./diagnostic.ts";
import { PARAMETERS, RUN } from "./outcome.fixture.ts";
import { checkTemplate, compileTemplate, renderTemplate } from "./template.ts";

const scope = { runParameters: [...PARAMETERS, { name: "cut", type: "Timestamp(6)" }], part: true };
const run = { ...RUN, parameters: { ...RUN.parameters, cut: "2026-03-31T23:59:59.12Z" } };
const part = { number: 7, records: 1200, sequence: "000418" };

const rendered: Record<string, readonly [template: string, text: string]> = {
  "text only": ["trades.csv", "trades.csv"],
  nothing: ["", ""],
  "values and formats": [
    "MIFIR_{run.parameters.lei}_{run.businessDate:yyyyMMdd}_{part.number}.csv",
    "MIFIR_529900T8BM49AURSDO55_20260401_7.csv",
  ],
  "a date without a format": ["{run.businessDate}", "2026-04-01"],
  "a short year": ["{run.businessDate:yy-MM.dd}", "26-04.01"],
  "a text in a format": ["{run.businessDate:yyyy'T'MM}", "2026T04"],
  "a time": ["{run.createdAt:yyyyMMdd_HHmmss}", "20260401_180000"],
  milliseconds: ["{run.parameters.cut:ssSSS}", "59120"],
  nanoseconds: ["{run.parameters.cut:SSSSSSSSS}", "120000000"],
  "a timestamp without a format": ["{run.parameters.cut}", "2026-03-31T23:59:59.120000Z"],
  "zeros before an int": ["{part.number:000}", "007"],
  "an int that is wider than its zeros": ["{part.records:000}", "1200"],
  "a negative int": ["{part.number - 10:000}", "-003"],
  "an int that is computed": ["{part.number + 1}", "8"],
  "a number as text": ["{part.sequence}", "000418"],
  "a decimal": ["{run.parameters.limit}", "100.00"],
  "a decimal with a format": ["{run.parameters.limit:00000.000}", "00100.000"],
  "a decimal below one": ["{run.parameters.limit * -0.005:0.00000}", "-0.50000"],
  "a decimal that was rounded": ["{round(run.parameters.limit, 0):000000}", "000100"],
  "an int with fraction digits": ["{part.number:0.0}", "7.0"],
  "a loop": ['{["a", "b"].map(x, x + run.mode).join("-")}', "aTest-bTest"],
  "a bool": ["{part.number > 1}", "true"],
  "a choice is no format": ['{run.mode == "Live" ? "L" : "T"}.csv', "T.csv"],
  "a choice and a format": ["{part.number > 1 ? part.number : 0:00}", "07"],
  "a choice within a choice": ['{part.number > 9 ? "a" : part.number > 5 ? "b" : "c"}', "b"],
  "a choice in parentheses and a format": ["{(part.number > 1 ? 3 : 4):00}", "03"],
  "a brace in a text": ['{"{"}x{"}"}', "{x}"],
  "a colon in a text": ["{'a:b'}", "a:b"],
  "an escaped quote in a text": ["{'a\\'}b'}", "a'}b"],
  "dollar signs and quotes outside": ["a$b'c\"d`e", "a$b'c\"d`e"],
  "a value with the sign of another template": ["{run.mode.replace('Test', '{run.mode}')}", "{run.mode}"],
};

test.each(Object.entries(rendered))("%s", (_sentence, [template, text]) => {
  expect(checkTemplate({ source: template, path: "t", scope }).diagnostics).toEqual([]);
  expect(renderTemplate(template, scope, { run, part })).toBe(text);
});

const refused: Record<string, readonly [template: string, remark: string]> = {
  "doubled braces": [
    "a{{run.mode}}",
    'BadTemplate 1:2 \'{{\' means nothing here (one brace begins an expression; write {"{"} or {"}"} for the character itself)',
  ],
  "a dollar before the brace": [
    "$" + "{run.mode}",
    "BadTemplate 1:1 '$" + "{' means nothing here (write {expression})",
  ],
  "a brace that is not closed": [
    "a{run.mode",
    'BadTemplate 1:2 this \'{\' is not closed (write {"{"} or {"}"} for the character itself)',
  ],
  "a brace that is not opened": [
    "a}b",
    "BadTemplate 1:2 this '}' has no '{' (write {\"{\"} or {\"}\"} for the character itself)",
  ],
  "a brace within braces": [
    "{run.{mode}}",
    'BadTemplate 1:1 this \'{\' is not closed (write {"{"} or {"}"} for the character itself)',
  ],
  "nothing in braces": ["a{}", "Syntax 1:3 the expression is empty"],
  "an unknown value": [
    "a_{run.buisnessDate:yyyyMMdd}",
    "UnknownName 1:8 a run has no 'buisnessDate' (did you mean 'businessDate'?)",
  ],
  "a row": ["{row.x}", "UnknownName 1:2 there is no row here (use run.* values)"],
  "a format of a text": [
    "{run.mode:000}",
    "BadFormat 1:11 a string takes no format (only dates, timestamps and numbers do: leave ':' and what follows away)",
  ],
  "a wrong format of a number": [
    "{part.number:#,##0}",
    "BadFormat 1:14 '#,##0' is no format of a number (write zeros, as many as digits: 000 or 0.00)",
  ],
  "a format that would cut a decimal": [
    "{run.parameters.limit:0.0}",
    "BadFormat 1:23 the value has 2 fraction digits, the format 1 (write round(x, 1), or more zeros behind the point)",
  ],
  "a list": [
    "{[run.mode]}",
    'TypeClash 1:2 a list of string cannot be written as one value (use x.join(",") on a list of strings, or x.size())',
  ],
  "a time of a date": ["{run.businessDate:HHmm}", "BadFormat 1:19 a date has no 'HH' (use run.createdAt for a time)"],
  "an unknown part of a date": [
    "{run.businessDate:YYYYMMDD}",
    "BadFormat 1:19 'YYYY' is no part of a date format (the parts are yyyy yy MM dd HH mm ss SSS, with - _ . between them or text in '...')",
  ],
  "a slash in a format": [
    "{run.businessDate:yyyy/MM}",
    "BadFormat 1:19 '/' is no part of a date format (the parts are yyyy yy MM dd HH mm ss SSS, with - _ . between them or text in '...')",
  ],
  "an empty format": [
    "{run.businessDate:}",
    "BadFormat 1:19 the format is empty (the parts are yyyy yy MM dd HH mm ss SSS, with - _ . between them or text in '...')",
  ],
  "a value that may be null": [
    "{run.parameters.missing}",
    "MayBeNull 1:2 this value may be null, and then there is no name (use coalesce to give it a value)",
  ],
  "a template that is too long": ["a".repeat(4097), "TooLong 1:1 the template is longer than 4096 characters"],
};

test.each(Object.entries(refused))("%s", (_sentence, [source, remark]) => {
  const [first] = checkTemplate({ source, path: "t", scope }).diagnostics;
  const hint = first?.hint ? ` (${first.hint})` : "";
  expect(`${first?.code} ${first?.line}:${first?.column} ${first?.message}${hint}`).toBe(remark);
});

test("a remark points into the whole template", () => {
  const { diagnostics } = checkTemplate({
    source: "A_{run.mode}_{run.buisnessDate}",
    path: "spec.outputs[0].fileName",
    scope,
  });
  expect(diagnostics.map(formatDiagnostic)).toEqual([
    [
      "spec.outputs[0].fileName 1:19: a run has no 'buisnessDate' (did you mean 'businessDate'?)",
      "  A_{run.mode}_{run.buisnessDate}",
      "                    ^",
    ].join("\n"),
  ]);
});

test("a template with errors does not compile", () => {
  expect(() => compileTemplate("{run.x}", scope)).toThrow("a run has no 'x'");
});

test("a template is compiled once and rendered for many parts", () => {
  const template = compileTemplate("{part.number:00}-{part.sequence}", scope);
  expect([1, 2, 10].map((number) => template({ run, part: { ...part, number } }))).toEqual([
    "01-000418",
    "02-000418",
    "10-000418",
  ]);
});

test("a value that is null or an error is told with its place", () => {
  const template = compileTemplate("{run.parameters.missing}", scope, "spec.outputs[0].fileName");
  expect(() => template({ run, part })).toThrow("spec.outputs[0].fileName: the template has no value: a value is null");
  expect(() => renderTemplate("{1 / part.records}", scope, { run, part: { ...part, records: 0 } })).toThrow(
    "division by zero",
  );
  expect(() => renderTemplate("{run.parameters.missing + 1}", scope, { run, part })).toThrow(
    "run.parameters.missing is null at 1:2",
  );
});

test("values of the run that do not fit their types are refused", () => {
  expect(() => renderTemplate("x", scope, { run: { ...run, businessDate: "2026-02-30" } })).toThrow(
    "run.businessDate must be a date YYYY-MM-DD",
  );
  expect(() => renderTemplate("x", scope, { run: { ...run, createdAt: "now" } })).toThrow(
    "run.createdAt must be an instant in UTC",
  );
  expect(() =>
    renderTemplate("x", scope, { run: { ...run, parameters: { cut: run.parameters.cut, limit: "1" } } }),
  ).toThrow("run.parameters.lei must be given: it is String and has no default");
  expect(() =>
    renderTemplate("x", scope, { run: { ...run, parameters: { ...run.parameters, limit: "1.234" } } }),
  ).toThrow("run.parameters.limit must be Decimal(10,2)");
});
