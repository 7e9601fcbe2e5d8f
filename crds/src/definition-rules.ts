/** Owns the part of a resolved definition that says what must hold. */
import { z } from "zod";
import { severity } from "./v1alpha1/schema.ts";

const amount = z.object({
  from: z.string(),
  /** Exactly one of `sum` (an expression over a row) and `count: true`. */
  sum: z.string().optional(),
  count: z.boolean().optional(),
  where: z.string().optional(),
});

/** A rule; exactly one of `assert`, `unique` and `totals`. */
export const resolvedRule = z.object({
  id: z.string(),
  severity,
  /** Absent for PreGeneration. */
  phase: z.enum(["PreDelivery"]).optional(),
  /** The input it is about; absent for that of the record. */
  from: z.string().optional(),
  assert: z.string().optional(),
  /** Names of columns and fields of the Report, also for a rule of a set. */
  unique: z.object({ columns: z.array(z.string()) }).optional(),
  /** Exactly one of `right` and `value` (an expression over run); `tolerance.absolute` is a decimal number as text. */
  totals: z
    .object({
      left: amount,
      right: amount.optional(),
      value: z.string().optional(),
      tolerance: z.object({ absolute: z.string() }).optional(),
    })
    .optional(),
  /** Names of columns and fields of the Report, also for a rule of a set. */
  columns: z.array(z.string()),
  message: z.string(),
  reference: z
    .object({ document: z.string().optional(), section: z.string().optional(), url: z.string().optional() })
    .optional(),
  /** The first day, and the first one after it, of the business date or of the day on which the run was created. */
  effective: z
    .object({
      from: z.string().optional(),
      until: z.string().optional(),
      basis: z.enum(["BusinessDate", "SubmissionDate"]),
    })
    .optional(),
  /** The set it comes from: `row` of its assert has the columns of that set. */
  ruleSet: z.string().optional(),
});

/** A rule set: its own columns, and the names of the Report's that are bound to them; a column that is not listed is bound to its namesake. */
export const resolvedRuleSet = z.object({
  name: z.string(),
  columns: z.array(z.object({ name: z.string(), type: z.string(), required: z.boolean() })),
  bind: z.array(z.object({ column: z.string(), to: z.string() })),
});

/** When findings of a severity or a rule become blocking; `percent` is a decimal number as text, of the rows fetched. */
export const resolvedLimit = z.object({
  severity: z.enum(["Warning", "Correctable"]).optional(),
  rule: z.string().optional(),
  above: z.object({ count: z.number().optional(), percent: z.string().optional() }),
  becomes: z.enum(["Blocking"]),
});

/** How a rule is weighed for a time: the first business date, and the first one after it. */
export const resolvedOverride = z.object({
  rule: z.string(),
  effectiveFrom: z.string().optional(),
  effectiveUntil: z.string(),
  severity: z.enum(["Disabled", "Warning"]),
  reason: z.string(),
});
