/** Owns the part of a resolved definition that says what is read and looked up. */
import { z } from "zod";
import { column } from "./v1alpha1/report-inputs.ts";
import { severity } from "./v1alpha1/schema.ts";

/** An input; with `lookupBy` it is held in memory and only looked up in. */
export const resolvedInput = z.object({
  name: z.string(),
  sql: z.object({ connector: z.string(), query: z.string() }),
  lookupBy: z.array(z.string()).optional(),
  columns: z.array(column.required()).optional(),
});

const typed = z.object({ name: z.string(), type: z.string() });

/** A table of codes. `keys` and `values` are in the order of their names, which is the order of the texts in `entries`. */
export const resolvedMappingSet = z.object({
  name: z.string(),
  keys: z.array(typed),
  values: z.array(typed),
  /** Exactly one of `entries` and `part`, the name of a part with the table as CSV. */
  entries: z
    .array(
      z.object({
        keys: z.array(z.string().nullable()),
        values: z.array(z.string().nullable()),
        /** The first business date, and the first one after it. */
        from: z.string().optional(),
        until: z.string().optional(),
      }),
    )
    .optional(),
  part: z.string().optional(),
});

/** A lookup of a field: exactly one of `mappingSet` and `input`, with an expression per key. */
export const resolvedLookup = z.object({
  mappingSet: z.string().optional(),
  input: z.string().optional(),
  /** In the order of the table's keys or of `lookupBy`; keys it does not know come last. */
  keys: z.array(z.object({ name: z.string(), value: z.string() })),
  onMissing: z.enum(["SetNull", "Fail", "Finding"]),
  finding: z.object({ id: z.string(), severity, message: z.string() }).optional(),
});
