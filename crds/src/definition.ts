/** Owns format v1 of a resolved definition: what a ReportVersion freezes and the runner carries out. Its defaults never change. */
import { z } from "zod";
import { mode } from "./v1alpha1/destination.ts";
import { column, field, parameter } from "./v1alpha1/report-inputs.ts";
import { severity } from "./v1alpha1/report-rules.ts";

/** The contract number of this release; a run that resumes under another contract fetches again. */
export const contractNumber = 1;

const resolvedColumn = column.required();

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

const resolvedInput = z.object({
  name: z.string(),
  sql: z.object({ connector: z.string(), query: z.string() }),
  columns: z.array(resolvedColumn).optional(),
});

const resolvedRule = z.object({
  id: z.string(),
  severity,
  assert: z.string(),
  columns: z.array(z.string()),
  message: z.string(),
  reference: z
    .object({ document: z.string().optional(), section: z.string().optional(), url: z.string().optional() })
    .optional(),
});

const resolvedCsv = z.object({
  columns: z.array(z.object({ header: z.string(), value: z.string() })).optional(),
  columnNames: z.boolean(),
  delimiter: z.enum([",", ";", "|", "\t"]),
  quote: z.enum(["Minimal", "All"]),
  newline: z.enum(["LF", "CRLF"]),
  bom: z.boolean(),
  formulas: z.enum(["Refuse", "Escape", "Keep"]),
});

const resolvedOutput = z.object({
  name: z.string(),
  from: z.string(),
  fileName: z.string(),
  whenEmpty: z.enum(["Fail", "Skip", "EmptyFile"]),
  csv: resolvedCsv,
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
});

/** The schema of a resolved definition, format v1. */
export const definitionSchema = z.object({
  format: z.literal("v1"),
  contract: z.number(),
  report: z.string(),
  series: z.string(),
  timeZone: z.string(),
  parameters: z.array(parameter),
  record: z.object({ input: z.string(), key: z.array(z.string()) }),
  connectors: z.array(resolvedConnector),
  inputs: z.array(resolvedInput),
  fields: z.array(field.pick({ name: true }).extend({ value: z.string() })),
  rules: z.array(resolvedRule),
  outputs: z.array(resolvedOutput),
  destinations: z.array(resolvedDestination),
  deliverTo: z.array(z.object({ destination: z.string(), outputs: z.array(z.string()) })),
  store: z.object({ name: z.string(), persistentVolumeClaim: z.string() }),
  keepSourceSnapshot: z.boolean(),
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
