/** Owns format v1 of a resolved definition: what a ReportVersion freezes and the runner carries out. Its defaults never change. */
import { z } from "zod";
import { resolvedInput, resolvedLookup, resolvedMappingSet } from "./definition-inputs.ts";
import { resolvedOutput, resolvedPacking } from "./definition-outputs.ts";
import { resolvedLimit, resolvedOverride, resolvedRule, resolvedRuleSet } from "./definition-rules.ts";
import { mode } from "./v1alpha1/destination.ts";
import { parameter } from "./v1alpha1/report-inputs.ts";

/** The contract number of this release; a run that resumes under another contract fetches again. */
export const contractNumber = 1;

const resolvedConnector = z.object({
  name: z.string(),
  postgresql: z.object({
    host: z.string(),
    port: z.number(),
    database: z.string(),
    applicationName: z.string(),
    tls: z.object({ mode: z.enum(["VerifyFull", "VerifyCA", "Require", "Disable"]), caSecret: z.string().optional() }),
  }),
  credentialsSecret: z.string(),
  statementTimeoutSeconds: z.number(),
});

const resolvedDestination = z.object({
  name: z.string(),
  mode,
  sftp: z.object({ host: z.string(), port: z.number(), directory: z.string(), hostKeys: z.array(z.string()) }),
  credentialsSecret: z.string(),
  delivery: z.object({
    maxAttempts: z.number(),
    backoff: z.object({ initialSeconds: z.number(), maxSeconds: z.number() }),
    timeoutSeconds: z.number(),
    temporarySuffix: z.string(),
    fileNamePattern: z.string().optional(),
    verify: z.enum(["Hash", "Size", "None"]),
  }),
  sequences: z
    .array(
      z.object({
        name: z.string(),
        width: z.number(),
        firstNumber: z.number(),
        resets: z.enum(["Never", "Yearly", "Daily"]),
        order: z.enum(["Strict", "Any"]),
      }),
    )
    .optional(),
});

/** The schema of a resolved definition, format v1. */
export const definitionSchema = z.object({
  format: z.literal("v1"),
  contract: z.number(),
  report: z.string(),
  series: z.string(),
  timeZone: z.string(),
  parameters: z.array(parameter),
  /** `action` is the expression of record.action. */
  record: z.object({ input: z.string(), key: z.array(z.string()), action: z.string().optional() }),
  connectors: z.array(resolvedConnector),
  inputs: z.array(resolvedInput),
  /** The tables that lookups use, each once. */
  mappingSets: z.array(resolvedMappingSet).optional(),
  /** Exactly one of `value` (an expression) and `lookup`. */
  fields: z.array(z.object({ name: z.string(), value: z.string().optional(), lookup: resolvedLookup.optional() })),
  /** The Report's own rules, then those of its rule sets in the order of the references. */
  rules: z.array(resolvedRule),
  /** The rule sets that rules come from, with what is bound to their columns. */
  ruleSets: z.array(resolvedRuleSet).optional(),
  limits: z.array(resolvedLimit).optional(),
  overrides: z.array(resolvedOverride).optional(),
  outputs: z.array(resolvedOutput),
  destinations: z.array(resolvedDestination),
  deliverTo: z.array(
    z.object({
      destination: z.string(),
      outputs: z.array(z.string()),
      /** A sequence of the Destination. */
      sequence: z.string().optional(),
      package: z.array(resolvedPacking).optional(),
    }),
  ),
  store: z.object({ name: z.string(), persistentVolumeClaim: z.string() }),
  keepSourceSnapshot: z.boolean(),
  /** Texts that are too large for this one; the runner finds each by its hash, see `partFile`. */
  parts: z.array(z.object({ name: z.string(), sha256: z.string() })).optional(),
  run: z.object({
    deadlineSeconds: z.number(),
    giveUpAfterSeconds: z.number(),
    maxAttempts: z.number(),
    workVolumeSize: z.string(),
    resources: z.object({
      requests: z.object({ cpu: z.string(), memory: z.string() }),
      limits: z.object({ cpu: z.string().optional(), memory: z.string() }),
    }),
    priorityClassName: z.string().optional(),
    nodeSelector: z.record(z.string(), z.string()),
    tolerations: z.array(z.looseObject({})),
    queueName: z.string().optional(),
  }),
});

/** A resolved definition: every default applied, every reference replaced by the settings it stood for, no secret in it. */
export type Definition = z.infer<typeof definitionSchema>;

/** Reads a definition from the text of a ReportVersion. Throws with the path of what does not fit. */
export function parseDefinition(text: string): Definition {
  return definitionSchema.parse(JSON.parse(text));
}
