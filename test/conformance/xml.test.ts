/** Holds XML to what every format must do, read by lxml. */
import { describe } from "vitest";
import type { OutputColumn } from "../../runner/src/formats/format.ts";
import { someRun } from "../../runner/src/formats/run-texts.fixture.ts";
import { newXmlFormat } from "../../runner/src/formats/xml/renderer.ts";
import { extremeColumns } from "../fixtures/extremes.ts";
import { type ReadCell, testFormat } from "./format.ts";
import { readWith } from "./read-with.ts";

const namespace = "urn:example:extremes";

function make(columns: readonly OutputColumn[]) {
  const elements = columns.map(({ header }) => ({ at: `value/${header}`, value: `row.${header}` }));
  const settings = {
    namespaces: [{ prefix: "e", uri: namespace }],
    recordAt: "e:document/record",
    choices: [{ elements }],
  };
  return newXmlFormat(settings, columns, someRun);
}

const names = extremeColumns.map(({ header }) => `{${namespace}}value/{${namespace}}${header}`);

describe("xml", () =>
  testFormat({
    make,
    read: (file) => readWith("read_xml.py", file, [`{${namespace}}record`, ...names]) as Promise<ReadCell[][]>,
    expected: (text) => (text === null ? null : ["text", text]),
    texts: ["]]>", "<!-- no comment -->", "<?no instruction?>", "&#0;", "x".repeat(1_000_000)],
    refused: {
      "a control character": { text: "a\u0008b", message: /U\+0008/ },
      NUL: { text: "\u0000", message: /U\+0000/ },
      "half of a character": { text: "\udc00", message: /U\+DC00/ },
      "a character that is none": { text: "\ufffe", message: /U\+FFFE/ },
    },
  }));
