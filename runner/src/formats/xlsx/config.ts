/** Owns what a definition says about an XLSX output. */
import type { Definition } from "@openreg/crds";
import type { FormatKind } from "../format.ts";
import { newXlsxFormat } from "./renderer.ts";

/** The settings of an XLSX output. */
export type XlsxSettings = NonNullable<Definition["outputs"][number]["xlsx"]>;

/** XLSX: a workbook with typed cells, each sheet a section of its own. */
export const xlsxKind: FormatKind<XlsxSettings> = {
  sections: ({ sheets }) => sheets.map(({ from, columns }) => ({ from, columns })),
  newFormat: ({ sheets }, columns) =>
    newXlsxFormat(sheets.map(({ name }, index) => ({ name, columns: columns[index] ?? [] }))),
};
