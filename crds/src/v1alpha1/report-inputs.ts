/** Owns the part of a Report that says what is read: parameters, columns, inputs and fields. */
import { z } from "zod";
import {
  atomicList,
  exactlyOne,
  expressionText,
  identifier,
  mapList,
  reference,
  reserved,
  ruleId,
  severity,
  withRules,
} from "./schema.ts";

/** The type of a column, a field or a parameter. */
export const columnType = z
  .string()
  .min(4)
  .max(32)
  .regex(/^(String|Integer|Boolean|Date|Timestamp(\([0-9]\))?|Decimal\([0-9]{1,2},[0-9]{1,2}\))(\[\])?$/);

/** One column: its name, its type and what must hold for its values. */
export const column = z.object({
  name: identifier.describe("Name of the column in the source's answer, and in expressions as row.<name>."),
  type: columnType.describe(
    "String, Integer, Boolean, Date, Timestamp(digits) or Decimal(precision,scale); with [] a list of them.",
  ),
  required: z.boolean().optional().describe("True when the value is never null. Default false."),
  personal: z
    .boolean()
    .optional()
    .describe("True when the value tells about a person: it is masked in findings. Default false."),
});

/** A parameter of the runs of a Report. */
export const parameter = z.object({
  name: identifier.describe("Name of the parameter: run.parameters.<name> in expressions, :<name> in queries."),
  type: columnType.describe("Type of the value."),
  default: z.string().max(1024).optional().describe("Value when a run names none, as text."),
  required: z.boolean().optional().describe("True when each run must name a value. Default false."),
});

const sqlSource = z
  .object({
    connectorRef: reference("Connector"),
    query: z
      .string()
      .min(1)
      .max(65536)
      .regex(/\S/)
      .describe(
        "One SELECT. Values come in as :businessDate, :previousBusinessDate, :periodStart, :periodEnd and the parameters, always bound, never pasted.",
      ),
    readyWhen: reserved("A query that says whether the source is complete."),
  })
  .describe("Rows of a query.");

const sources = ["sql", "files", "run", "ledger"] as const;

/** A named stream of rows. */
export const input = withRules(
  z.object({
    name: identifier.describe("Name of the input."),
    sql: sqlSource.optional(),
    files: reserved("Rows of files."),
    run: reserved("Rows of another run."),
    ledger: reserved("Rows of the ledger."),
    lookupBy: atomicList(identifier, 8)
      .min(1)
      .optional()
      .describe(
        "The key columns of a small reference input: it is held in memory, and fields look values up in it. Left out: a stream of rows.",
      ),
    columns: mapList(column, "name", 500)
      .min(1)
      .optional()
      .describe("The columns, in output order. Left out: every column the query returns, as String."),
  }),
  [exactlyOne(sources, `exactly one of ${sources.join(", ")} must be set`)],
);

const lookup = withRules(
  z.object({
    mappingSetRef: reference("MappingSet").optional(),
    input: identifier.optional().describe("The input with lookupBy in which the values are looked up."),
    keys: z
      .record(identifier, expressionText)
      .meta({ maxProperties: 8 })
      .describe("An expression for each key of the MappingSet, or for each column of lookupBy."),
    onMissing: z
      .enum(["SetNull", "Fail", "Finding"])
      .optional()
      .describe(
        "What to do when nothing is found: leave the values null, end the run, or leave them null and report a finding. Default Fail.",
      ),
    finding: z
      .object({
        id: ruleId.describe("The id of the finding, like that of a rule."),
        severity: severity.describe("How much it matters, as for a rule."),
        message: z.string().min(1).max(256).optional().describe("What the finding says."),
      })
      .optional()
      .describe("The finding of onMissing Finding."),
  }),
  [
    exactlyOne(["mappingSetRef", "input"], "exactly one of mappingSetRef, input must be set"),
    {
      rule: "has(self.finding) == (has(self.onMissing) && self.onMissing == 'Finding')",
      message: "finding goes with onMissing Finding, and only with it",
    },
  ],
).describe("Values found by a key: row.<name>.<value> in later fields, rules and outputs.");

/** A computed column. */
export const field = withRules(
  z.object({
    name: identifier.describe("Name of the field: row.<name> in later fields, rules and outputs."),
    value: expressionText.optional().describe("The expression that computes it."),
    lookup: lookup.optional(),
  }),
  [exactlyOne(["value", "lookup"], "exactly one of value, lookup must be set")],
);
