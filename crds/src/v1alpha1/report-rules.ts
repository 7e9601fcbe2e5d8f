/** Owns the part of a Report that says what must hold: rules and what follows when they do not. */
import { z } from "zod";
import {
  atomicList,
  effective,
  exactlyOne,
  expressionText,
  identifier,
  isoDate,
  reference,
  reserved,
  ruleId,
  severity,
  withRules,
} from "./schema.ts";

const message = z.string().min(1).max(256);

const citation = z
  .object({
    document: z.string().min(1).max(128).optional().describe("The text that demands it, e.g. RTS 22."),
    section: z.string().min(1).max(128).optional().describe("The place in it, e.g. field 41."),
    url: z.string().min(1).max(512).optional().describe("Where to read it."),
  })
  .optional()
  .describe("Where the rule comes from.");

const unique = z
  .object({ columns: atomicList(identifier, 16).min(1).describe("The columns or fields, taken together.") })
  .describe(
    "Columns whose values may occur once: each row that repeats those of one before is a finding. A row in which all of them are null is not compared.",
  );

/** What rules of a Report and of a RuleSet have in common. */
const ruleMembers = {
  id: ruleId.describe("The rule's name in findings; unique in the Report."),
  severity: severity.describe(
    "Warning: reported. Correctable: the row is taken out and kept as an exception. Blocking: the run ends as Failed.",
  ),
  phase: z
    .enum(["PreGeneration", "PreDelivery"])
    .optional()
    .describe(
      "Whether the rule sees what came in, or what goes out (without the rows that were taken out). Default PreGeneration.",
    ),
  assert: expressionText
    .optional()
    .describe("The expression that must be true for each row. Null or an error in it is a finding too."),
  unique: unique.optional(),
  columns: atomicList(identifier, 16).optional().describe("The columns to show in a finding."),
  message: message.optional().describe("What a finding says. Default the expression."),
  reference: citation,
  effective: effective.optional(),
};

const amount = withRules(
  z.object({
    from: identifier.optional().describe("The input whose rows are added up. Default record.input."),
    sum: expressionText.optional().describe("The number to add up; rows in which it is null add nothing."),
    count: z.boolean().optional().describe("True counts the rows."),
    where: expressionText.optional().describe("The condition of rows that count. Default all."),
  }),
  [
    {
      rule: "has(self.sum) != (has(self.count) && self.count)",
      message: "exactly one of sum, count must be set",
    },
  ],
);

const decimalText = z
  .string()
  .min(1)
  .max(40)
  .regex(/^[0-9]+(\.[0-9]+)?$/);

const totals = withRules(
  z.object({
    left: amount.describe("One total."),
    right: amount.optional().describe("The other total."),
    value: expressionText.optional().describe("What the total must be; an expression over run, or a number."),
    tolerance: z
      .object({ absolute: decimalText.describe("How far apart they may be, as a decimal number.") })
      .optional()
      .describe("How far apart they may be. Default not at all."),
  }),
  [exactlyOne(["right", "value"], "exactly one of right, value must be set")],
).describe("Two totals that must agree.");

const kinds = ["assert", "unique", "totals", "violations", "compare"] as const;

/** One rule over the rows of a Report. */
export const rule = withRules(
  z.object({
    ...ruleMembers,
    from: identifier.optional().describe("The input the rule is about. Default record.input."),
    totals: totals.optional(),
    violations: reserved("A query that returns what is wrong."),
    compare: reserved("Two queries that must agree."),
  }),
  [
    exactlyOne(kinds, `exactly one of ${kinds.join(", ")} must be set`),
    {
      rule: "!has(self.totals) || self.severity != 'Correctable'",
      message: "totals is about all rows together, so it takes none out: use Warning or Blocking",
    },
  ],
);

/** One rule of a RuleSet, over the set's own columns. */
export const sharedRule = withRules(z.object(ruleMembers), [
  exactlyOne(["assert", "unique"], "exactly one of assert, unique must be set"),
]);

const ruleSetRef = reference("RuleSet").extend({
  bind: z
    .record(identifier, identifier)
    .meta({ maxProperties: 500 })
    .optional()
    .describe("For columns of the set: the column or field of this Report. Default the one of the same name."),
});

const limit = withRules(
  z.object({
    severity: z.enum(["Warning", "Correctable"]).optional().describe("All findings of this severity count."),
    rule: ruleId.optional().describe("The findings of this rule count."),
    above: withRules(
      z.object({
        count: z.int().min(0).max(1_000_000_000).optional().describe("More rows than this."),
        percent: z
          .string()
          .min(1)
          .max(9)
          .regex(/^(100(\.0{1,5})?|[0-9]{1,2}(\.[0-9]{1,6})?)$/)
          .optional()
          .describe("More than this share of the rows fetched, as a decimal number."),
      }),
      [exactlyOne(["count", "percent"], "exactly one of count, percent must be set")],
    ).describe("How many rows with findings are too many; exactly as many is not."),
    becomes: z.enum(["Blocking"]).describe("What follows: the run ends as Failed."),
  }),
  [exactlyOne(["severity", "rule"], "exactly one of severity, rule must be set")],
);

const override = z.object({
  rule: ruleId.describe("The id of the rule."),
  effectiveFrom: isoDate.optional().describe("The first business date. Default always."),
  effectiveUntil: isoDate.describe("The first business date on which the rule is as written again."),
  severity: z.enum(["Disabled", "Warning"]).describe("How the rule is weighed meanwhile."),
  reason: z.string().min(1).max(1024).describe("Why."),
});

/** The rules of a Report and how to weigh their findings. */
export const validation = z
  .object({
    ruleSetRefs: atomicList(ruleSetRef, 16).optional().describe("Rules shared by several Reports."),
    rules: atomicList(rule, 300).optional().describe("Rules of this Report."),
    limits: atomicList(limit, 32).optional().describe("When many findings become blocking."),
    overrides: atomicList(override, 100)
      .optional()
      .describe("Rules that are weighed otherwise for a time. Each ends by itself."),
  })
  .describe("What must hold.");
