/** Owns the part of a Report that says what must hold: rules and what follows when they do not. */
import { z } from "zod";
import { atomicList, exactlyOne, identifier, reserved, reservedList, withRules } from "./schema.ts";

/** How much a violated rule matters: report it, take the row out, or stop. */
export const severity = z.enum(["Warning", "Blocking", "Correctable"]);

const kinds = ["assert", "unique", "totals", "violations", "compare"] as const;

/** One rule over the rows. */
export const rule = withRules(
  z.object({
    id: z
      .string()
      .min(1)
      .max(63)
      .regex(/^[A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?$/)
      .describe("The rule's name in findings; unique in the Report."),
    severity: severity.describe(
      "Warning: reported. Correctable: the row is taken out and kept as an exception. Blocking: the run ends as Failed.",
    ),
    phase: z
      .enum(["PreGeneration", "PreDelivery"])
      .optional()
      .describe("Whether the rule sees what came in or what goes out. Default PreGeneration."),
    from: identifier.optional().describe("The input the rule is about. Default record.input."),
    assert: z
      .string()
      .min(1)
      .max(4096)
      .optional()
      .describe("The expression that must be true for each row. Null or an error in it is a finding too."),
    unique: reserved("Columns whose values may occur once."),
    totals: reserved("Two sums that must agree."),
    violations: reserved("A query that returns what is wrong."),
    compare: reserved("Two queries that must agree."),
    columns: atomicList(identifier, 16).optional().describe("The columns to show in a finding."),
    message: z.string().min(1).max(256).optional().describe("What a finding says. Default the expression."),
    reference: z
      .object({
        document: z.string().min(1).max(128).optional().describe("The text that demands it, e.g. RTS 22."),
        section: z.string().min(1).max(128).optional().describe("The place in it, e.g. field 41."),
        url: z.string().min(1).max(512).optional().describe("Where to read it."),
      })
      .optional()
      .describe("Where the rule comes from."),
    effective: reserved("From when until when the rule holds."),
  }),
  [
    exactlyOne(kinds, `exactly one of ${kinds.join(", ")} must be set`),
    {
      rule: "!has(self.phase) || self.phase == 'PreGeneration'",
      message: "phase PreDelivery is not available yet: leave phase out",
    },
  ],
);

/** The rules of a Report and how to weigh their findings. */
export const validation = z
  .object({
    ruleSetRefs: reservedList("Rule sets shared by several Reports."),
    rules: atomicList(rule, 300).optional().describe("Rules of this Report."),
    limits: reservedList("When many findings become blocking."),
    overrides: reservedList("Rules that are weighed otherwise for a time."),
  })
  .describe("What must hold.");
