/** Holds JSON and NDJSON to what every format must do, read by Python's json. */
import { describe } from "vitest";
import { newJsonFormat } from "../../runner/src/formats/json/renderer.ts";
import { type ReadCell, testFormat } from "./format.ts";
import { readWith } from "./read-with.ts";

for (const form of ["Array", "Lines"] as const) {
  describe(`json ${form}`, () =>
    testFormat({
      make: (columns) => newJsonFormat({ form }, columns),
      read: (file) => readWith("read_json.py", file, [form]) as Promise<ReadCell[][]>,
      expected: (text, { type }) => {
        if (text === null) return null;
        if (type.kind === "bool") return ["bool", text];
        return [type.kind === "int" || type.kind === "decimal" ? "number" : "text", text];
      },
      texts: ["\u0001\u0008\u000b\u001f\u0000", "\ufffe\uffff", "x".repeat(1_000_000)],
      refused: {},
    }));
}
