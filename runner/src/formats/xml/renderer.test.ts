/** Proves the bytes of XML documents: goldens in testdata, what is written for null and for lists, and what is refused. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkRow, compileRowProgram } from "@openreg/language";
import { expect, test } from "vitest";
import type { Row } from "../../connectors/connector.ts";
import { type OutputColumn, ValueRefused } from "../format.ts";
import { someRun } from "../run-texts.fixture.ts";
import { xmlKind } from "./config.ts";
import { rts22, rts22Columns, rts22Rows } from "./rts22.fixture.ts";
import type { XmlSettings } from "./settings.ts";

const part = { number: 1, records: 3, sequence: "000418" };
const string = { kind: "string" } as const;

test("writes the bytes of rts22.xml: choices, namespaces, attributes, persons and an envelope", () => {
  const { columns, rows } = computed(rts22, rts22Columns, rts22Rows);
  const format = xmlKind.newFormat(rts22, [columns], someRun);
  expectGolden("rts22", documentOf(format, [rows.slice(0, 1), rows.slice(1)]));
});

test("the same bytes come of pieces of any size", () => {
  const { columns, rows } = computed(rts22, rts22Columns, rts22Rows);
  const format = xmlKind.newFormat(rts22, [columns], someRun);
  const whole = documentOf(format, [rows]);
  expect(
    documentOf(
      format,
      rows.map((row) => [row]),
    ),
  ).toBe(whole);
  expect(documentOf(format, [[], rows, []])).toBe(whole);
});

test("record n of a file is line n + 2, whatever its texts hold", () => {
  const text = rendered(simple([{ at: "A", value: "row.a" }]), [["one\nline"], ["two"], ["th\r\nree"]]);
  expect(text.split("\n").slice(2, 5)).toEqual([
    "<r><A>one&#10;line</A></r>",
    "<r><A>two</A></r>",
    "<r><A>th&#13;&#10;ree</A></r>",
  ]);
});

const elements: Record<string, { settings: XmlSettings; row: Row; types?: OutputColumn["type"][]; expected: string }> =
  {
    "a null value writes nothing, an empty text an empty element": {
      settings: simple([
        { at: "A", value: "row.a" },
        { at: "B", value: "row.b" },
      ]),
      row: [null, ""],
      expected: "<r><B></B></r>",
    },
    "parents without elements are not written": {
      settings: simple([
        { at: "P/Q/A", value: "row.a" },
        { at: "P/B", value: "row.b" },
        { at: "C", value: "row.c" },
      ]),
      row: [null, null, "x"],
      expected: "<r><C>x</C></r>",
    },
    "elements with the same beginning share their parents": {
      settings: simple([
        { at: "P/Q/A", value: "row.a" },
        { at: "P/Q/B", value: "row.b" },
        { at: "P/C", value: "row.c" },
      ]),
      row: ["1", "2", "3"],
      expected: "<r><P><Q><A>1</A><B>2</B></Q><C>3</C></P></r>",
    },
    "each writes an element for each item, and none for null": {
      settings: simple([{ at: "P/W", each: "row.w", attributes: [{ name: "c", value: "row.c" }] }]),
      row: ['["OILQ","a&b",null,"SIZE"]', "x"],
      types: [{ kind: "list", element: string, holes: true }, string],
      expected: '<r><P><W c="x">OILQ</W><W c="x">a&amp;b</W><W c="x">SIZE</W></P></r>',
    },
    "an element whose condition is false is not written": {
      settings: simple([
        { at: "A", when: "row.w", value: "row.a" },
        { at: "B", when: "row.x", value: "row.b" },
      ]),
      row: ["false", "1", "true", "2"],
      expected: "<r><B>2</B></r>",
    },
    "an attribute that is null is left out": {
      settings: simple([
        {
          at: "A",
          value: "row.a",
          attributes: [
            { name: "x", value: "row.x" },
            { name: "y", value: "row.y" },
          ],
        },
      ]),
      row: ["1", null, 'say "a<b>" & \t\n'],
      expected: '<r><A y="say &quot;a&lt;b&gt;&quot; &amp; &#9;&#10;">1</A></r>',
    },
    "the same element may stand twice when both have a condition": {
      settings: simple([
        { at: "P/A", when: "row.w", value: "row.a" },
        { at: "P/A", when: "row.x", value: "row.b" },
      ]),
      row: ["true", "1", "true", "2"],
      expected: "<r><P><A>1</A><A>2</A></P></r>",
    },
    "a record without any value is written all the same": {
      settings: simple([{ at: "P/A", value: "row.a" }]),
      row: [null],
      expected: "<r></r>",
    },
    "a prefix holds for the elements below it": {
      settings: {
        ...simple([
          { at: "p:P/A", value: "row.a" },
          { at: "p:P/q:Q/B", value: "row.b" },
          { at: "C", value: "row.c" },
        ]),
        namespaces: [
          { prefix: "p", uri: "urn:p" },
          { prefix: "q", uri: "urn:q&r" },
        ],
      },
      row: ["1", "2", "3"],
      expected: '<r><P xmlns="urn:p"><A>1</A><Q xmlns="urn:q&amp;r"><B>2</B></Q></P><C>3</C></r>',
    },
    "characters beyond U+FFFF are written as they are": {
      settings: simple([{ at: "A", value: "row.a" }]),
      row: ["\u{1f600} Müller 株式会社 \u0085\u2028"],
      expected: "<r><A>\u{1f600} Müller 株式会社 \u0085\u2028</A></r>",
    },
  };
test.each(Object.entries(elements))("%s", (_sentence, { settings, row, types, expected }) => {
  expect(rendered(settings, [row], types).split("\n")[2]).toBe(expected);
});

const refused: Record<string, { settings: XmlSettings; row: Row; header: string; reason: RegExp }> = {
  "a control character": {
    settings: simple([
      { at: "P/A", value: "row.a" },
      { at: "P/B", value: "row.b" },
    ]),
    row: ["good", "b\u0001d"],
    header: "P/B",
    reason: /U\+0001, which XML does not allow/,
  },
  "half of a character": {
    settings: simple([{ at: "A", value: "row.a" }]),
    row: ["\ud83d"],
    header: "A",
    reason: /U\+D83D/,
  },
  "a character that is none": {
    settings: simple([{ at: "A", value: "row.a" }]),
    row: ["\uffff"],
    header: "A",
    reason: /U\+FFFF/,
  },
  "a condition that is null": {
    settings: simple([{ at: "A", when: "row.w", value: "row.a" }]),
    row: [null, "1"],
    header: "when of A",
    reason: /is null/,
  },
  "a record for which no choice holds": {
    settings: {
      ...simple([{ at: "A", value: "row.a" }]),
      choices: [{ when: "row.c", elements: [{ at: "A", value: "row.a" }] }],
    },
    row: ["-1", null],
    header: "choices",
    reason: /no choice holds/,
  },
};
test.each(Object.entries(refused))(
  "refuses %s by record and element",
  (_sentence, { settings, row, header, reason }) => {
    const good = row.map((value) =>
      value === null || !value.isWellFormed() ? "true" : value.replace(/[^ -~]|-1/gu, "0"),
    );
    const thrown = catching(() => rendered(settings, [good, row]));
    expect(thrown).toBeInstanceOf(ValueRefused);
    expect(thrown).toMatchObject({ record: 1, header, message: expect.stringMatching(reason) });
  },
);

const wrong: Record<string, { settings: Partial<XmlSettings>; message: string }> = {
  "a parent that is closed already": {
    settings: simple([
      { at: "P/A", value: "1" },
      { at: "B", value: "1" },
      { at: "P/C", value: "1" },
    ]),
    message:
      "xml.choices[0].elements[2].at: P was begun at xml.choices[0].elements[0].at and is closed already; put its elements next to each other",
  },
  "an element twice without conditions": {
    settings: simple([
      { at: "A", when: "true", value: "1" },
      { at: "A", value: "1" },
    ]),
    message:
      "xml.choices[0].elements[1].at: A is there already at xml.choices[0].elements[0].at; give both a condition, or use each with a list",
  },
  "an element with a value and elements": {
    settings: simple([
      { at: "A", value: "1" },
      { at: "A/B", value: "1" },
    ]),
    message:
      "xml.choices[0].elements[1].at: A has a value at xml.choices[0].elements[0].at, so it cannot hold elements",
  },
  "an element with elements and a value": {
    settings: simple([
      { at: "A/B", value: "1" },
      { at: "A", value: "1" },
    ]),
    message:
      "xml.choices[0].elements[1].at: A holds elements at xml.choices[0].elements[0].at, so it cannot have a value",
  },
  "a prefix that is not there": {
    settings: simple([
      { at: "A", value: "1" },
      { at: "x:B", value: "1" },
    ]),
    message: "xml.choices[0].elements[1].at: the prefix 'x' is not in xml.namespaces (there are none)",
  },
  "a prefix of an attribute that is not there": {
    settings: simple([{ at: "A", value: "1", attributes: [{ name: "x:c", value: "1" }] }]),
    message: "xml.choices[0].elements[0].attributes.x:c: the prefix 'x' is not in xml.namespaces (there are none)",
  },
  "a prefix that belongs to XML": {
    settings: { ...simple([{ at: "A", value: "1" }]), namespaces: [{ prefix: "xmlns", uri: "urn:x" }] },
    message: "xml.namespaces.xmlns: prefixes that begin with xml belong to XML; use another",
  },
  "records that would be roots": {
    settings: { ...simple([{ at: "A", value: "1" }]), recordAt: "r" },
    message: "xml.recordAt: records need an element around them; write it as in Document/Record",
  },
  "a header with another root": {
    settings: {
      ...simple([{ at: "A", value: "1" }]),
      header: [
        { at: "d/H", value: "1" },
        { at: "e/H", value: "1" },
      ],
    },
    message: "xml.header[1].at: a document has one root, and recordAt begins with d; begin with it too",
  },
  "a choice behind one that is always taken": {
    settings: {
      ...simple([]),
      choices: [{ elements: [{ at: "A", value: "1" }] }, { when: "true", elements: [{ at: "A", value: "1" }] }],
    },
    message: "xml.choices[1]: xml.choices[0] has no condition and is always taken; put it last, or give it a when",
  },
  "each of something that is no list": {
    settings: simple([{ at: "A", each: "row.a" }]),
    message: "xml.choices[0].elements[0].each: each needs a list, but this is a string; use value",
  },
};
test.each(Object.entries(wrong))("refuses %s, with its place", (_sentence, { settings, message }) => {
  expect(catching(() => rendered(settings as XmlSettings, []))).toMatchObject({ code: "PlanInvalid", message });
});

test("header and trailer stand around the records, and know how many there were", () => {
  const settings: XmlSettings = {
    ...simple([{ at: "A", value: "row.a" }]),
    namespaces: [{ prefix: "xsi", uri: "http://www.w3.org/2001/XMLSchema-instance" }],
    header: [
      { at: "d/H/Count", value: "part.records", attributes: [{ name: "xsi:type", value: '"n"' }] },
      { at: "d/H/None", value: "run.parameters.none" },
      { at: "d/Empty/None", value: "run.parameters.none" },
    ],
    recordAt: "d/body/r",
    trailer: [
      { at: "d/body/Sum", value: "part.records * 2" },
      { at: "d/T", value: '"<end>"' },
    ],
  };
  const format = xmlKind.newFormat(settings, [columnsOf(settings)], someRun);
  expect(format.showsCountFirst).toBe(true);
  expect(documentOf(format, [[["1"]]])).toBe(
    `<?xml version="1.0" encoding="UTF-8"?>
<d xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><H><Count xsi:type="n">3</Count></H><body>
<r><A>1</A></r>
<Sum>6</Sum></body><T>&lt;end&gt;</T></d>
`,
  );
});

function simple(given: XmlSettings["choices"][number]["elements"]): XmlSettings {
  return { namespaces: [], recordAt: "d/r", choices: [{ elements: given }] };
}

function columnsOf(settings: XmlSettings, types: readonly OutputColumn["type"][] = []): OutputColumn[] {
  const [section] = xmlKind.sections(settings, "rows");
  return (section?.columns ?? []).map(({ header }, index) => ({ header, type: types[index] ?? string }));
}

function rendered(settings: XmlSettings, rows: readonly Row[], types: readonly OutputColumn["type"][] = []): string {
  return documentOf(xmlKind.newFormat(settings, [columnsOf(settings, types)], someRun), [rows]);
}

function documentOf(format: ReturnType<typeof xmlKind.newFormat>, pieces: readonly (readonly Row[])[]): string {
  const file = format.newFile();
  let first = 0;
  const body = pieces.flatMap((piece) => {
    const chunks = format.sections[0]?.render(piece, first) ?? [];
    first += piece.length;
    return file.sections[0]?.add(chunks) ?? [];
  });
  return Buffer.concat([...file.begin(part), ...body, ...file.end(part)]).toString("utf8");
}

/** What a lane makes of rows for these settings. */
function computed(settings: XmlSettings, columns: typeof rts22Columns, rows: readonly Row[]) {
  const sources = xmlKind.sections(settings, "rows")[0]?.columns ?? [];
  const outputs = [{ name: "xml", columns: sources }];
  const source = { columns, fields: [], rules: [], outputs, ...someRun };
  const types = checkRow(source).outputs[0] ?? [];
  const program = compileRowProgram(source);
  const texts = rows.map((row) => {
    expect([program.evaluate(row), program.badColumn]).toEqual([0, -1]);
    return [...(program.render(0) ?? [String(program.renderError?.reason)])];
  });
  return {
    columns: sources.map(({ header }, index) => ({ header, type: types[index]?.node.type ?? string })),
    rows: texts,
  };
}

function expectGolden(name: string, text: string): void {
  const path = join(import.meta.dirname, "testdata", `${name}.xml`);
  if (process.env.OPENREG_WRITE_GOLDENS) writeFileSync(path, text);
  expect(text).toBe(readFileSync(path, "utf8"));
}

function catching(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
