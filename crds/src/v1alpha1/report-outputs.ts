/** Owns the part of a Report that says what is written and where it goes: outputs and deliveries. */
import { z } from "zod";
import {
  atomicList,
  exactlyOne,
  identifier,
  mapList,
  reference,
  reserved,
  reservedList,
  reservedText,
  withRules,
} from "./schema.ts";

const csvColumn = z.object({
  header: z.string().min(1).max(128).describe("Name of the column in the file."),
  value: z.string().min(1).max(4096).describe("The expression that computes it."),
});

/** How a CSV file is written. */
export const csv = z
  .object({
    columns: atomicList(csvColumn, 500)
      .min(1)
      .optional()
      .describe("The columns of the file. Left out: all columns and fields of the rows."),
    columnNames: z.boolean().optional().describe("Whether the first line names the columns. Default true."),
    delimiter: z.enum([",", ";", "|", "\t"]).optional().describe("What stands between values. Default a comma."),
    quote: z
      .enum(["Minimal", "All"])
      .optional()
      .describe("Whether values are quoted only where needed, or always. Default Minimal."),
    newline: z.enum(["LF", "CRLF"]).optional().describe("How lines end. Default LF."),
    bom: z.boolean().optional().describe("Whether the file begins with a byte order mark. Default false."),
    formulas: z
      .enum(["Refuse", "Escape", "Keep"])
      .optional()
      .describe(
        "What to do with text that a spreadsheet takes for a formula: end the run, prefix it with an apostrophe, or leave it. Default Refuse. Numbers are never altered.",
      ),
    header: reservedList("Lines before the columns."),
    trailer: reservedList("Lines after the rows."),
  })
  .describe("A CSV file.");

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
      .describe("What to do without rows: end the run, make no file, or make a file without rows. Default Fail."),
    split: reserved("How a file is cut into parts."),
    csv: csv.optional(),
    fixedWidth: reserved("A fixed-width file."),
    json: reserved("A JSON file."),
    xlsx: reserved("An XLSX workbook."),
    xml: reserved("An XML document."),
    xbrlCsv: reserved("An xBRL-CSV package."),
  }),
  [
    exactlyOne(formats, `exactly one of ${formats.join(", ")} must be set`),
    {
      rule: "!has(self.whenEmpty) || self.whenEmpty != 'Nil'",
      message: "whenEmpty Nil is not available yet: use Fail, Skip or EmptyFile",
    },
  ],
);

/** One receiver of the artifacts. */
export const deliverTo = withRules(
  z.object({
    destinationRef: reference("Destination"),
    outputs: atomicList(identifier, 16).optional().describe("The outputs to deliver. Default all."),
    sequence: reservedText("The sequence of the Destination that numbers the files."),
    package: reservedList("How files are packed."),
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
