/** Owns the kind Report: what to produce, from which rows, under which rules, for whom. */
import { z } from "zod";
import { conditions, observedGeneration } from "./conditions.ts";
import { field, input, parameter } from "./report-inputs.ts";
import { deliveries, outputs } from "./report-outputs.ts";
import { validation } from "./report-rules.ts";
import {
  atomicList,
  expressionText,
  identifier,
  instantText,
  mapList,
  marked,
  nameRules,
  objectName,
  quantity,
  reference,
  reserved,
  reservedList,
  sha256Hex,
} from "./schema.ts";

const resourceAmounts = z.object({
  cpu: quantity.optional().describe("CPU, e.g. 500m."),
  memory: quantity.optional().describe("Memory, e.g. 512Mi."),
});

const toleration = z.object({
  key: z.string().max(316).optional().describe("Taint key."),
  operator: z.enum(["Exists", "Equal"]).optional().describe("How the value is compared."),
  value: z.string().max(63).optional().describe("Taint value."),
  effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional().describe("Taint effect."),
  tolerationSeconds: z.int().min(0).max(86400).optional().describe("How long NoExecute is tolerated."),
});

const labelText = z
  .string()
  .max(63)
  .regex(/^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/);

const runSettings = z
  .object({
    deadlineSeconds: z.int().min(10).max(86400).optional().describe("Longest time of one attempt. Default 3600."),
    giveUpAfterSeconds: z
      .int()
      .min(10)
      .max(604800)
      .optional()
      .describe("Longest time of all attempts together. Default 86400."),
    maxAttempts: z
      .int()
      .min(1)
      .max(20)
      .optional()
      .describe("How many attempts may fail before the run fails. Default 4."),
    maxConcurrentRuns: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe("How many runs of this Report may be under way. Default no limit."),
    resources: z
      .object({
        requests: resourceAmounts.optional().describe("What the node must have. Default 250m and 384Mi."),
        limits: resourceAmounts.optional().describe("What the runner may use. Default memory 1Gi, no CPU limit."),
      })
      .optional()
      .describe("Resources of the runner."),
    workVolumeSize: quantity.optional().describe("Size of the work volume. Default 4Gi."),
    priorityClassName: objectName.optional().describe("Priority class of the Pod."),
    nodeSelector: z
      .record(z.string().min(1).max(316), labelText)
      .meta({ maxProperties: 16 })
      .optional()
      .describe("Labels a node must have."),
    tolerations: atomicList(toleration, 16).optional().describe("Taints the Pod tolerates."),
    queueName: objectName.optional().describe("Kueue queue that admits the Job."),
  })
  .describe("How runs are carried out.");

/** The spec of a Report. */
export const reportSpec = z
  .object({
    series: marked(
      "immutable",
      objectName.describe("What a regulator sees as one report over time. Default the name of the Report."),
    ).optional(),
    description: z.string().max(1024).optional().describe("What the report is, for people."),
    owner: z.string().max(256).optional().describe("Who answers for it."),
    regulation: z
      .object({
        name: z.string().min(1).max(128).optional().describe("E.g. MiFIR."),
        article: z.string().min(1).max(128).optional().describe("E.g. Article 26."),
        version: z.string().min(1).max(64).optional().describe("Version of the technical standard."),
      })
      .optional()
      .describe("The obligation it meets."),
    effective: reserved("From when until when this definition holds."),
    activation: reserved("Whether a changed definition is used by itself."),
    calendar: reserved("The business days. Until then Monday to Friday."),
    timeZone: z
      .string()
      .min(1)
      .max(64)
      .regex(/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/)
      .optional()
      .describe("The IANA time zone in which a business date begins. Default UTC."),
    parameters: mapList(parameter, "name", 32).optional().describe("Values that runs may set."),
    record: z
      .object({
        input: identifier.optional().describe("The input whose rows are the records. Default the first."),
        key: atomicList(identifier, 16)
          .min(1)
          .optional()
          .describe("The columns that name a record; records are written in their order."),
        action: expressionText
          .optional()
          .describe(
            'The expression that says what a record is: "New", "Modify", "Cancel" or "Correct". Read as record.action. It does not change the order: put what makes a Cancel come first into the key.',
          ),
        lifecycle: reserved("How changes of records are reported."),
      })
      .optional()
      .describe("What one record is."),
    inputs: mapList(input, "name", 8).min(1).describe("The streams of rows."),
    fields: atomicList(field, 500).optional().describe("Columns that are computed for each row, in order."),
    steps: reservedList("Transformations."),
    validation: validation.optional(),
    outputs,
    deliverTo: deliveries,
    approval: reserved("Who approves before delivery."),
    artifactStoreRef: reference("ArtifactStore")
      .optional()
      .describe("Where bytes are kept. Default the ArtifactStore named default."),
    retention: z
      .object({
        successfulRuns: z.int().min(1).max(1000).optional().describe("How many completed runs to keep. Default 10."),
        failedRuns: z.int().min(0).max(1000).optional().describe("How many failed runs to keep. Default 10."),
        otherRuns: z.int().min(0).max(1000).optional().describe("How many other ended runs to keep. Default 10."),
        keepSourceSnapshot: z
          .boolean()
          .optional()
          .describe("Whether the rows as read stay in the store after the run. Default true."),
      })
      .optional()
      .describe("How many ended runs stay in the cluster."),
    run: runSettings.optional(),
    suspend: z.boolean().optional().describe("True starts no run. Default false."),
  })
  .describe("What to produce.");

/** The status of a Report. */
export const reportStatus = z
  .object({
    observedGeneration: observedGeneration.optional(),
    conditions: conditions.optional(),
    currentVersion: z
      .object({
        name: objectName.describe("Name of the ReportVersion."),
        contentHash: sha256Hex.describe("sha256 of its definition."),
      })
      .optional()
      .describe("The version that runs take now."),
    inputs: atomicList(
      z.object({
        kind: z.string().min(1).max(63).describe("Kind of the object."),
        name: objectName.describe("Name of the object."),
        uid: z.string().min(1).max(64).describe("UID of the object."),
        generation: z.int().min(0).optional().describe("Generation of the object."),
        resourceVersion: z.string().max(64).optional().describe("Version of a ConfigMap, which has no generation."),
      }),
      64,
    )
      .optional()
      .describe("What the current version was resolved from."),
    lastRun: z
      .object({
        name: objectName.describe("Name of the run."),
        state: z.string().max(32).describe("How it ended."),
        endedAt: instantText.describe("When it ended."),
      })
      .optional()
      .describe("The run that ended last."),
    lastSuccessTime: instantText.optional().describe("When a run last completed."),
    lastFailureTime: instantText.optional().describe("When a run last failed."),
  })
  .describe("What was observed about the Report.");

/** The kind Report. */
export const report = {
  kind: "Report",
  plural: "reports",
  singular: "report",
  shortNames: ["rep"],
  description: "What to produce: rows in, rules, files out, receivers.",
  spec: reportSpec,
  status: reportStatus,
  rules: nameRules("Report", 52, "its versions can be named after it"),
  columns: [
    {
      name: "READY",
      type: "string",
      jsonPath: ".status.conditions[?(@.type=='Ready')].status",
      description: "Whether runs can start",
    },
    {
      name: "REASON",
      type: "string",
      jsonPath: ".status.conditions[?(@.type=='Ready')].reason",
      description: "Why or why not",
    },
    {
      name: "VERSION",
      type: "string",
      jsonPath: ".status.currentVersion.name",
      description: "The version that runs take now",
    },
    { name: "LAST-RUN", type: "string", jsonPath: ".status.lastRun.state", description: "How the last run ended" },
    { name: "AGE", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since when it exists" },
    {
      name: "MESSAGE",
      type: "string",
      jsonPath: ".status.conditions[?(@.type=='Ready')].message",
      priority: 1,
      description: "Why or why not, a sentence",
    },
  ],
} as const;
