/** Owns the kind ReportRun: one production and delivery of a Report, in one or more attempts. */
import { z } from "zod";
import { failureCodeNames } from "../failure-codes.ts";
import { firstStates, runStates, stepStates, transitionRule } from "../state-machine.ts";
import { conditions, observedGeneration } from "./conditions.ts";
import { mode } from "./destination.ts";
import { execution } from "./run-execution.ts";
import {
  atomicList,
  exactlyOne,
  instantText,
  isoDate,
  marked,
  nameRules,
  objectName,
  reference,
  reserved,
  reservedList,
  reservedText,
  sha256Hex,
  withRules,
} from "./schema.ts";

const reportRef = withRules(
  z.object({
    name: objectName.optional().describe("Name of the Report."),
    series: reservedText("The series; the Report that is in effect is taken."),
  }),
  [exactlyOne(["name", "series"], "exactly one of name, series must be set")],
).describe("The Report to run.");

const rerunOf = withRules(
  z.object({
    name: objectName.describe("The run that is repeated."),
    fetch: z.enum(["Again", "Reuse"]).optional().describe("Whether the source is read again. Default Again."),
    version: z
      .enum(["Same", "Current"])
      .optional()
      .describe("Whether the version of that run is taken, or the Report's current one. Default Same."),
    resubmit: z
      .boolean()
      .optional()
      .describe("True files again what was filed, as the next submission. Default false."),
    reason: z.string().min(1).max(1024).optional().describe("Why it is repeated."),
  }),
  [
    { rule: "!has(self.fetch) || self.fetch == 'Again'", message: "fetch Reuse is not available yet: leave fetch out" },
    { rule: "!has(self.resubmit) || !self.resubmit || has(self.reason)", message: "resubmit needs a reason" },
  ],
).describe("The run that this one repeats.");

/** The spec of a ReportRun. */
export const reportRunSpec = withRules(
  z.object({
    reportRef: marked("immutable", reportRef),
    businessDate: marked("immutable", isoDate.describe("The reference date, YYYY-MM-DD.")),
    mode: marked("immutable", mode.default("Test").describe("The real filing, or a rehearsal.")),
    parameters: marked(
      "immutable",
      z
        .record(z.string().min(1).max(63), z.string().max(1024))
        .meta({
          maxProperties: 32,
          "x-kubernetes-map-type": "atomic",
          "x-kubernetes-validations": [
            {
              rule: "self.map(name, size(name) + size(self[name])).sum() <= 1536",
              message: "the parameters of a run may have 1,536 characters together",
            },
          ],
        })
        .describe("Values of the Report's parameters, as text."),
    ).optional(),
    purpose: marked(
      "immutable",
      z
        .enum(["Original", "Supplement", "Correction", "Cancellation", "Replacement"])
        .describe("What the filing is. Default Original."),
    ).optional(),
    rerunOf: marked("immutable", rerunOf).optional(),
    trigger: marked(
      "immutable",
      z.enum(["Manual", "Schedule", "Backfill", "Dependency", "Api"]).describe("What created the run. Default Manual."),
    ).optional(),
    scheduleRef: reserved("The Schedule that created the run."),
    slot: reservedText("The slot of the Schedule."),
    backfillRef: reserved("The Backfill that created the run."),
    dependsOn: reservedList("Runs that must come first."),
    startDeadline: reservedText("Until when the run may start."),
    due: reservedText("When the filing is due."),
    reportVersionRef: marked(
      "setOnce",
      reference("ReportVersion").describe("The version that runs; set by the operator before anything starts."),
    ).optional(),
    cancel: marked("oneWay", z.boolean().describe("True ends the run. Cannot be taken back.")).optional(),
    release: marked("oneWay", z.boolean().describe("True releases held deliveries. Cannot be taken back.")).optional(),
  }),
  [
    {
      rule: "!has(self.purpose) || self.purpose == 'Original'",
      message: "only purpose Original is available yet: leave purpose out",
    },
    { rule: "!has(self.release) || !self.release", message: "release is not available yet: nothing is held" },
  ],
).describe("What to run. It does not change but for cancel and release.");

const attempt = z.object({
  number: z.int().min(1).describe("Number of the attempt, from 1."),
  job: z.string().max(63).describe("Name of its Job."),
  purpose: z
    .enum(["Run", "Settle"])
    .optional()
    .describe("Whether it does the whole work, or only asks receivers about deliveries in flight. Default Run."),
  podUID: z.string().max(64).optional().describe("UID of its Pod."),
  imageDigest: z.string().max(512).optional().describe("Digest of the image it ran."),
  startedAt: instantText.describe("When its Job was created."),
  endedAt: instantText.optional().describe("When it ended."),
  reason: z.string().max(63).optional().describe("How it ended: an outcome or a failure code."),
  exitCode: z.int().min(0).max(255).optional().describe("Exit code of the runner."),
});

const status = z.object({
  observedGeneration: observedGeneration.optional(),
  state: z.enum(runStates).optional().describe("Where the run is."),
  attempt: z.int().min(0).optional().describe("Number of the current attempt; 0 before the first."),
  stateHistory: atomicList(
    z.object({
      state: z.enum(runStates).describe("The state."),
      at: instantText.describe("When it was entered."),
      attempt: z.int().min(0).describe("In which attempt."),
      message: z.string().max(256).optional().describe("Why."),
    }),
    24,
  )
    .optional()
    .describe("The last states."),
  attempts: atomicList(attempt, 5).optional().describe("The last attempts."),
  failedAttempts: z
    .int()
    .min(0)
    .optional()
    .describe("How many attempts failed and counted, since the last request to retry."),
  conditions: conditions.optional(),
  failure: z
    .object({
      step: z.enum(stepStates).optional().describe("Where it failed."),
      code: z.enum(failureCodeNames as [string, ...string[]]).describe("Why, for programs."),
      message: z.string().max(1024).describe("Why and what to do, a sentence."),
    })
    .optional()
    .describe("Why the run failed, or why its last attempt did."),
  filing: z
    .object({ key: sha256Hex.describe("The filing key."), met: z.boolean().describe("Whether this run met it.") })
    .optional()
    .describe("The filing that this run makes."),
  granted: atomicList(objectName, 16).optional().describe("The Destinations that may be delivered to now."),
  nextAttemptAt: instantText.optional().describe("When the next attempt starts."),
  startedAt: instantText.optional().describe("When the first attempt started."),
  endedAt: instantText.optional().describe("When the run ended."),
  lastHandledRetryAt: z.string().max(64).optional().describe("The last retry annotation that was acted on."),
  evidence: z
    .object({
      sha256: sha256Hex.describe("sha256 of evidence.json, as the operator saw it."),
      signature: z.string().max(2048).optional().describe("Signature of the operator over that hash."),
      keyId: z.string().max(128).optional().describe("The key that signed."),
    })
    .optional()
    .describe("Proof of the run."),
  summary: z
    .object({
      findings: z.string().max(64).describe("Findings by severity, e.g. 3W 0B 1C."),
      artifacts: z.string().max(32).describe("How many artifacts."),
      delivered: z.string().max(32).describe("Delivered of all, e.g. 1/2."),
      progress: z.string().max(32).describe("Progress for the printer column, e.g. 40%."),
    })
    .optional()
    .describe("The status in short, for printing."),
  execution: execution.optional(),
});

/** The status of a ReportRun. */
export const reportRunStatus = withRules(status, [
  { rule: "!has(oldSelf.state) || has(self.state)", message: "the state of a run cannot be removed" },
  {
    rule: "!has(oldSelf.attempt) || (has(self.attempt) && self.attempt >= oldSelf.attempt)",
    message: "the attempt of a run only grows",
  },
  { rule: transitionRule(), message: "this state cannot follow the state that the run is in" },
]).describe("Where the run is. execution is written by the runner, the rest by the operator.");

/** The kind ReportRun. */
export const reportRun = {
  kind: "ReportRun",
  plural: "reportruns",
  singular: "reportrun",
  shortNames: ["run"],
  description: "One production and delivery of a Report for one business date.",
  spec: reportRunSpec,
  status: reportRunStatus,
  rules: [
    ...nameRules("ReportRun", 48, "its Pods can be told apart"),
    { rule: "!has(oldSelf.status) || has(self.status)", message: "the status of a run cannot be removed" },
    {
      rule: `!has(self.status) || !has(self.status.state) || (has(oldSelf.status) && has(oldSelf.status.state)) || self.status.state in [${firstStates.map((state) => `'${state}'`).join(", ")}]`,
      message: `the first state of a run is one of ${firstStates.join(", ")}`,
    },
  ],
  columns: [
    { name: "REPORT", type: "string", jsonPath: ".spec.reportRef.name", description: "The Report" },
    { name: "STATE", type: "string", jsonPath: ".status.state", description: "Where the run is" },
    { name: "PROGRESS", type: "string", jsonPath: ".status.summary.progress", description: "How much is done" },
    { name: "ROWS", type: "integer", jsonPath: ".status.execution.rows.fetched", description: "Rows read" },
    { name: "FINDINGS", type: "string", jsonPath: ".status.summary.findings", description: "Findings by severity" },
    { name: "BUSINESS-DATE", type: "string", jsonPath: ".spec.businessDate", description: "The reference date" },
    { name: "MODE", type: "string", jsonPath: ".spec.mode", description: "Live or Test" },
    { name: "AGE", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since when it exists" },
    {
      name: "ARTIFACTS",
      type: "string",
      jsonPath: ".status.summary.artifacts",
      priority: 1,
      description: "How many artifacts",
    },
    {
      name: "DELIVERED",
      type: "string",
      jsonPath: ".status.summary.delivered",
      priority: 1,
      description: "Delivered of all",
    },
    { name: "ATTEMPT", type: "integer", jsonPath: ".status.attempt", priority: 1, description: "The current attempt" },
    {
      name: "VERSION",
      type: "string",
      jsonPath: ".spec.reportVersionRef.name",
      priority: 1,
      description: "The version that runs",
    },
  ],
} as const;
