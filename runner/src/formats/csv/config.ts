/** Owns what a definition says about a CSV output. */
import type { Definition } from "@openreg/crds";
import type { FormatKind } from "../format.ts";
import { newCsvFormat } from "./renderer.ts";

/** The dialect of a CSV output. */
export type CsvSettings = NonNullable<Definition["outputs"][number]["csv"]>;

/** CSV: one line per record. */
export const csvKind: FormatKind<CsvSettings> = {
  sections: ({ columns }, from) => [{ from, columns }],
  newFormat: (settings, [columns = []], texts) => newCsvFormat(settings, columns, texts),
};
