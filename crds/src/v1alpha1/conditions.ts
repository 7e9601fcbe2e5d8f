/** Owns the condition list that every status carries, as the Kubernetes API conventions define it. */
import { z } from "zod";
import { instantText, mapList } from "./schema.ts";

/** One observation about an object. */
export const condition = z.object({
  type: z
    .string()
    .min(1)
    .max(63)
    .regex(/^[A-Z][A-Za-z]*$/)
    .describe("What is observed, e.g. Ready or Succeeded."),
  status: z.enum(["True", "False", "Unknown"]).describe("Whether it holds."),
  reason: z
    .string()
    .min(1)
    .max(63)
    .regex(/^[A-Z][A-Za-z0-9]*$/)
    .describe("Why, one PascalCase word for programs."),
  message: z.string().max(2048).describe("Why, a sentence for people, with what to do."),
  lastTransitionTime: instantText.describe("When the status last changed."),
  observedGeneration: z.int().min(0).optional().describe("The generation of the object that was looked at."),
});

/** The conditions of an object, told apart by type. */
export const conditions = mapList(condition, "type", 16).describe(
  "Observations about this object; kubectl wait reads them.",
);

/** The generation that a status speaks of. */
export const observedGeneration = z.int().min(0).describe("The generation of the spec that this status speaks of.");
