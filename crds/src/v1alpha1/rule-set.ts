/** Owns the kind RuleSet: rules that several Reports share, over columns of their own. */
import { z } from "zod";
import { conditions, observedGeneration } from "./conditions.ts";
import { column } from "./report-inputs.ts";
import { sharedRule } from "./report-rules.ts";
import { atomicList, mapList, nameRules } from "./schema.ts";

/** The spec of a RuleSet. */
export const ruleSetSpec = z
  .object({
    description: z.string().max(1024).optional().describe("What the rules are about, for people."),
    columns: mapList(column.omit({ personal: true }), "name", 500)
      .min(1)
      .describe("The columns that the rules read. A Report binds its own to them."),
    rules: atomicList(sharedRule, 1000).min(1).describe("The rules."),
  })
  .describe("The rules and what they read.");

/** The status of a RuleSet. */
export const ruleSetStatus = z
  .object({ observedGeneration: observedGeneration.optional(), conditions: conditions.optional() })
  .describe("What was observed about the RuleSet.");

/** The kind RuleSet. */
export const ruleSet = {
  kind: "RuleSet",
  plural: "rulesets",
  singular: "ruleset",
  shortNames: ["rules"],
  description:
    "Rules shared by several Reports. It is checked by itself; a Report binds its columns to those of the set.",
  spec: ruleSetSpec,
  status: ruleSetStatus,
  rules: nameRules("RuleSet", 63, "others can refer to it"),
  columns: [
    {
      name: "READY",
      type: "string",
      jsonPath: ".status.conditions[?(@.type=='Ready')].status",
      description: "Whether its rules can be used",
    },
    { name: "AGE", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since when it exists" },
    {
      name: "MESSAGE",
      type: "string",
      jsonPath: ".status.conditions[?(@.type=='Ready')].message",
      priority: 1,
      description: "Why not",
    },
  ],
} as const;
