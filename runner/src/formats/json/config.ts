/** Owns what a definition says about a JSON output. */
import type { Definition } from "@openreg/crds";
import type { FormatKind } from "../format.ts";
import { newJsonFormat } from "./renderer.ts";

/** The settings of a JSON output. */
export type JsonSettings = NonNullable<Definition["outputs"][number]["json"]>;

/** JSON: one array of objects, or one object per line. */
export const jsonKind: FormatKind<JsonSettings> = {
  sections: ({ columns }, from) => [
    { from, takesLists: true, columns: columns?.map(({ name, value }) => ({ header: name, value, expected: "list" })) },
  ],
  newFormat: (settings, [columns = []]) => newJsonFormat(settings, columns),
};
