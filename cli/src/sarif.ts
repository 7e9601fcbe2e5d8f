/** Owns remarks as SARIF 2.1.0, which editors and code hosts show beside the lines. */
import type { Remark } from "./remark.ts";

/** A SARIF log of one run of `openreg lint`. */
export function newSarif(remarks: readonly Remark[]) {
  const codes = [...new Set(remarks.map(({ code }) => code))].sort();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "openreg lint", rules: codes.map((id) => ({ id })) } },
        columnKind: "utf16CodeUnits",
        results: remarks.map((remark) => newResult(remark, codes.indexOf(remark.code))),
      },
    ],
  };
}

function newResult({ code, severity, message, hint, file, line, column, path, object }: Remark, ruleIndex: number) {
  return {
    ruleId: code,
    ruleIndex,
    level: severity === "Error" ? "error" : "warning",
    message: { text: `${message}${hint === undefined ? "" : ` (${hint})`}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(file) },
          region: { startLine: line, startColumn: column },
        },
        ...(path !== "" && { logicalLocations: [{ name: object, fullyQualifiedName: path }] }),
      },
    ],
  };
}

/** A relative reference stays relative; an absolute path becomes a file URI. */
function uriOf(file: string): string {
  const path = file.replaceAll("\\", "/").replace(/^\.\//, "").split("/").map(encodeURIComponent).join("/");
  return path.startsWith("/") ? `file://${path}` : path;
}
