/** Owns the part of a resolved definition that says what is written. */
import { z } from "zod";

const newline = z.enum(["LF", "CRLF"]);
/** Templates of lines. */
const lines = z.array(z.string()).optional();
const headed = z.object({ header: z.string(), value: z.string() });
const named = z.object({ name: z.string(), value: z.string() });

const csv = z.object({
  columns: z.array(headed).optional(),
  columnNames: z.boolean(),
  delimiter: z.enum([",", ";", "|", "\t"]),
  quote: z.enum(["Minimal", "All"]),
  newline,
  bom: z.boolean(),
  formulas: z.enum(["Refuse", "Escape", "Keep"]),
  header: lines,
  trailer: lines,
});

const fixedWidth = z.object({
  columns: z.array(
    z.object({ value: z.string(), width: z.number(), align: z.enum(["Left", "Right"]), pad: z.string() }),
  ),
  newline,
  header: lines,
  trailer: lines,
});

const json = z.object({ form: z.enum(["Array", "Lines"]), columns: z.array(named).optional() });

const xlsx = z.object({
  sheets: z.array(z.object({ name: z.string(), from: z.string(), columns: z.array(headed).optional() })),
});

const attributes = z.array(named).optional();

const envelope = z.array(z.object({ at: z.string(), value: z.string(), attributes })).optional();

const xml = z.object({
  /** `part` is the name of the part that holds the XSD. */
  schema: z.object({ part: z.string() }).optional(),
  namespaces: z.array(z.object({ prefix: z.string(), uri: z.string() })),
  header: envelope,
  recordAt: z.string(),
  choices: z.array(
    z.object({
      when: z.string().optional(),
      at: z.string().optional(),
      elements: z.array(
        z.object({
          at: z.string(),
          when: z.string().optional(),
          /** Exactly one of `value` and `each` (a list). */
          value: z.string().optional(),
          each: z.string().optional(),
          attributes,
        }),
      ),
    }),
  ),
  trailer: envelope,
});

const split = z.object({
  maxRecords: z.number().optional(),
  maxSizeBytes: z.number().optional(),
  measured: z.enum(["Uncompressed", "Compressed"]),
  /** Columns or fields. */
  by: z.array(z.string()).optional(),
  keepTogether: z.enum(["RecordKey"]).optional(),
});

/** An output; exactly one format is set. */
export const resolvedOutput = z.object({
  name: z.string(),
  from: z.string(),
  fileName: z.string(),
  whenEmpty: z.enum(["Fail", "Skip", "Nil", "EmptyFile"]),
  split: split.optional(),
  csv: csv.optional(),
  fixedWidth: fixedWidth.optional(),
  json: json.optional(),
  xlsx: xlsx.optional(),
  xml: xml.optional(),
});

/** How a file is packed: exactly one member; `entryName` is a template. */
export const resolvedPacking = z.object({
  gzip: z.object({}).optional(),
  zip: z.object({ entryName: z.string().optional() }).optional(),
});
