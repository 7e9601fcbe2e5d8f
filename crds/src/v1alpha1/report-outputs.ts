/** Owns the part of a Report that says what is written and where it goes: outputs and deliveries. */
import { z } from "zod";
import { csv, fixedWidth, json, xlsx } from "./output-formats.ts";
import { xml } from "./output-xml.ts";
import { atomicList, exactlyOne, identifier, mapList, reference, reserved, withRules } from "./schema.ts";

const split = z
  .object({
    maxRecords: z.int().min(1).max(100_000_000).optional().describe("Most records of a part."),
    maxSize: z
      .string()
      .min(1)
      .max(16)
      .regex(/^[1-9][0-9]*(k|Ki|M|Mi|G|Gi)?$/)
      .optional()
      .describe("Most bytes of a part, e.g. 200M."),
    measured: z
      .enum(["Uncompressed", "Compressed"])
      .optional()
      .describe("Whether maxSize is of the file, or of what its package makes of it. Default Uncompressed."),
    by: atomicList(identifier, 8)
      .min(1)
      .optional()
      .describe("Columns or fields: a part ends where one of their values changes."),
    keepTogether: z
      .enum(["RecordKey"])
      .optional()
      .describe("RecordKey: rows with the same record.key stay in one part. Default each row may be the last."),
  })
  .describe("How a file is cut into parts; part.number counts them from 1 without gaps. At most 1,000.");

const formats = ["csv", "fixedWidth", "json", "xlsx", "xml", "xbrlCsv"] as const;

/** One file that a run makes. */
export const output = withRules(
  z.object({
    name: identifier.describe("Name of the output."),
    from: identifier.optional().describe("The input whose rows are written. Default record.input."),
    fileName: z
      .string()
      .min(1)
      .max(512)
      .describe("The name of the file: text with {expression} or {expression:format}."),
    whenEmpty: z
      .enum(["Fail", "Skip", "Nil", "EmptyFile"])
      .optional()
      .describe(
        "What to do without rows: end the run, make no file, make a nil report (header and trailer without records), or make an empty file. Default Fail.",
      ),
    split: split.optional(),
    csv: csv.optional(),
    fixedWidth: fixedWidth.optional(),
    json: json.optional(),
    xlsx: xlsx.optional(),
    xml: xml.optional(),
    xbrlCsv: reserved("An xBRL-CSV package."),
  }),
  [exactlyOne(formats, `exactly one of ${formats.join(", ")} must be set`)],
);

const packing = withRules(
  z.object({
    gzip: z.object({}).optional().describe("Compressed with gzip; .gz is added to the name."),
    zip: z
      .object({
        entryName: z
          .string()
          .min(1)
          .max(512)
          .optional()
          .describe("Name of the entry: text with {expression}. Default the name of the file."),
      })
      .optional()
      .describe("In a zip archive of one entry; .zip is added to the name."),
    openPgp: reserved("Encrypted or signed with OpenPGP."),
  }),
  [exactlyOne(["gzip", "zip", "openPgp"], "exactly one of gzip, zip, openPgp must be set")],
);

/** One receiver of the artifacts. */
export const deliverTo = withRules(
  z.object({
    destinationRef: reference("Destination"),
    outputs: atomicList(identifier, 16).optional().describe("The outputs to deliver. Default all."),
    sequence: identifier
      .optional()
      .describe(
        "The sequence of the Destination that numbers the files: `part.sequence` in expressions. The outputs are rendered for this receiver alone.",
      ),
    package: atomicList(packing, 2)
      .min(1)
      .optional()
      .describe("How each file is packed, in order. Default not at all."),
    release: z
      .enum(["Immediate", "Hold", "OnApproval"])
      .optional()
      .describe("Whether delivery starts by itself. Default Immediate."),
  }),
  [
    {
      rule: "!has(self.release) || self.release == 'Immediate'",
      message: "release Hold and OnApproval are not available yet: leave release out",
    },
  ],
);

/** The outputs of a Report, told apart by name. */
export const outputs = mapList(output, "name", 16).min(1).describe("The files a run makes.");

/** The receivers of a Report. */
export const deliveries = atomicList(deliverTo, 16)
  .optional()
  .describe("Who receives the files. A run uses the Destinations of its mode only.");
