/** Owns the kind MappingSet: a table of codes, each with the time in which it holds. */
import { z } from "zod";
import { columnType } from "./report-inputs.ts";
import { atomicList, configMapKeyReference, exactlyOne, identifier, isoDate, nameRules, withRules } from "./schema.ts";

const types = (most: number) => z.record(identifier, columnType).meta({ maxProperties: most });
const texts = (most: number) => z.record(identifier, z.string().max(1024)).meta({ maxProperties: most });

const entry = z.object({
  keys: texts(8).describe("The value of each key, as text."),
  values: texts(32).describe("What is found, as text; a value that is left out is null."),
  effectiveFrom: isoDate.optional().describe("The first business date on which it holds. Default always."),
  effectiveUntil: isoDate.optional().describe("The first business date on which it no longer holds. Default never."),
});

/** The spec of a MappingSet. */
export const mappingSetSpec = withRules(
  z.object({
    description: z.string().max(1024).optional().describe("What the table is about, for people."),
    keys: types(8).describe("Name and type of each key."),
    values: types(32).describe("Name and type of each value."),
    entries: atomicList(entry, 1000).min(1).optional().describe("The table."),
    configMapKeyRef: configMapKeyReference(
      "A larger table as CSV. Its first line names the keys and values, and effectiveFrom and effectiveUntil where used; an empty value is null.",
    ).optional(),
  }),
  [exactlyOne(["entries", "configMapKeyRef"], "exactly one of entries, configMapKeyRef must be set")],
).describe("The table.");

/** The kind MappingSet. */
export const mappingSet = {
  kind: "MappingSet",
  plural: "mappingsets",
  singular: "mappingset",
  shortNames: ["map"],
  description: "A table from codes to values, by business date. Reports look values up in it.",
  spec: mappingSetSpec,
  status: undefined,
  rules: nameRules("MappingSet", 63, "others can refer to it"),
  columns: [
    {
      name: "CONFIGMAP",
      type: "string",
      jsonPath: ".spec.configMapKeyRef.name",
      description: "The ConfigMap of a larger table",
    },
    { name: "AGE", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since when it exists" },
  ],
} as const;
