/** Owns what a definition says about an output of fixed-width lines. */
import type { Definition } from "@openreg/crds";
import type { FormatKind } from "../format.ts";
import { newFixedWidthFormat } from "./renderer.ts";

/** The settings of an output of fixed-width lines. */
export type FixedWidthSettings = NonNullable<Definition["outputs"][number]["fixedWidth"]>;

/** Fixed width: one line per record, each column in its place. Its columns have no names: messages say which one it is. */
export const fixedWidthKind: FormatKind<FixedWidthSettings> = {
  sections: ({ columns }, from) => [
    { from, columns: columns.map(({ value }, index) => ({ header: `${index + 1} (${value})`, value })) },
  ],
  newFormat: (settings, [columns = []], texts) => newFixedWidthFormat(settings, columns, texts),
};
