/** Owns the formats of an output that write rows and cells: CSV, fixed width, JSON and XLSX. */
import { z } from "zod";
import { atomicList, expressionText, identifier, mapList, withRules } from "./schema.ts";

const newline = z.enum(["LF", "CRLF"]).optional().describe("How lines end. Default LF.");

const lines = (what: string) =>
  atomicList(z.string().min(1).max(4096), 16)
    .optional()
    .describe(`${what}: text with {expression} or {expression:format}; part.records is known in both.`);

const columnNamed = (what: string) =>
  z.object({
    header: z.string().min(1).max(128).describe(what),
    value: expressionText.describe("The expression that computes it."),
  });

/** How a CSV file is written. */
export const csv = z
  .object({
    columns: atomicList(columnNamed("Name of the column in the file."), 500)
      .min(1)
      .optional()
      .describe("The columns of the file. Left out: all columns and fields of the rows."),
    columnNames: z.boolean().optional().describe("Whether the first line names the columns. Default true."),
    delimiter: z.enum([",", ";", "|", "\t"]).optional().describe("What stands between values. Default a comma."),
    quote: z
      .enum(["Minimal", "All"])
      .optional()
      .describe("Whether values are quoted only where needed, or always. Default Minimal."),
    newline,
    bom: z.boolean().optional().describe("Whether the file begins with a byte order mark. Default false."),
    formulas: z
      .enum(["Refuse", "Escape", "Keep"])
      .optional()
      .describe(
        "What to do with text that a spreadsheet takes for a formula: end the run, prefix it with an apostrophe, or leave it. Default Refuse. Numbers are never altered.",
      ),
    header: lines("Lines before the column names"),
    trailer: lines("Lines after the rows"),
  })
  .describe("A CSV file.");

/** How a file of fixed-width lines is written. */
export const fixedWidth = z
  .object({
    columns: atomicList(
      z.object({
        value: expressionText.describe("The expression that computes it."),
        width: z.int().min(1).max(4096).describe("Characters of the column; a longer value ends the run."),
        align: z.enum(["Left", "Right"]).optional().describe("Where the value stands. Default Left."),
        pad: z
          .string()
          .min(1)
          .max(1)
          .regex(/^[ -~]$/)
          .optional()
          .describe("What fills the column. Default a space."),
      }),
      500,
    )
      .min(1)
      .describe("The columns of a line, one after the other."),
    newline,
    header: lines("Lines before the rows"),
    trailer: lines("Lines after the rows"),
  })
  .describe("A file of lines in which each column has its place.");

/** How a JSON file is written. */
export const json = z
  .object({
    form: z
      .enum(["Array", "Lines"])
      .optional()
      .describe("One array of objects, or one object per line (NDJSON). Default Array."),
    columns: mapList(
      z.object({
        name: z.string().min(1).max(128).describe("Name of the member."),
        value: expressionText.describe("The expression that computes it."),
      }),
      "name",
      500,
    )
      .min(1)
      .optional()
      .describe("The members of each object. Left out: all columns and fields of the rows."),
  })
  .describe("A JSON file. Decimals are written as numbers, with all their digits.");

const sheet = withRules(
  z.object({
    name: z
      .string()
      .min(1)
      .max(31)
      .regex(/^[^\][*?:/\\']+$/)
      .describe("Name of the sheet."),
    from: identifier.optional().describe("The input whose rows are written. Default that of the output."),
    columns: atomicList(columnNamed("Name of the column, in the first row."), 500)
      .min(1)
      .optional()
      .describe("The columns of the sheet. Left out: all columns and fields of the rows."),
  }),
  [
    {
      rule: "!self.name.matches('^(?i:history)$| [(][0-9]+[)]$')",
      message:
        "a sheet cannot have this name: spreadsheets keep History for themselves, and a number in parentheses is kept for sheets that continue another",
    },
  ],
);

/** How an XLSX workbook is written. */
export const xlsx = z
  .object({
    sheets: withRules(mapList(sheet, "name", 16).min(1), [
      {
        rule: "self.all(a, self.exists_one(b, b.name.lowerAscii() == a.name.lowerAscii()))",
        message: "each sheet needs a name of its own; capitals do not make a difference",
      },
    ])
      .optional()
      .describe("The sheets. Left out: one with all columns and fields of the rows."),
  })
  .describe(
    "A workbook with typed cells. What a spreadsheet would change becomes text: numbers of more than 15 digits, times finer than a millisecond, dates before 1900-03-01.",
  );
