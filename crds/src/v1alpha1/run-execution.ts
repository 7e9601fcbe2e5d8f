/** Owns `status.execution` of a ReportRun: the only part the runner writes. */
import { z } from "zod";
import { stepStates } from "../state-machine.ts";
import { atomicList, instantText, objectName, sha256Hex } from "./schema.ts";

const count = z.int().min(0);
const shortMessage = z.string().max(256);
const storeKey = z.string().min(1).max(512);

const artifact = z.object({
  output: z.string().max(63).describe("Name of the output."),
  fileName: z.string().max(255).describe("Name of the file."),
  part: z.int().min(1).optional().describe("Number of the part, where its output is split."),
  destination: objectName.optional().describe("The only receiver it is for, where that numbers its files."),
  sequence: z.string().max(15).optional().describe("Its number in the sequence of that receiver."),
  records: count.describe("Records in it."),
  sizeBytes: count.describe("Its size."),
  sha256: sha256Hex.describe("sha256 of its bytes."),
  key: storeKey.describe("Where it lies in the artifact store."),
});

const receipt = z.object({
  location: z.string().max(1400).describe("Where the receiver has the file."),
  sizeBytes: count.describe("Size at the receiver."),
  sha256: sha256Hex.optional().describe("sha256 of the bytes read back."),
  verifiedBy: z.enum(["Hash", "Size", "None"]).describe("What was read back before the file got its name."),
  at: instantText.describe("When it was in place."),
});

const delivery = z.object({
  destination: objectName.describe("The Destination."),
  artifact: z.string().max(255).describe("File name of the artifact."),
  state: z
    .enum(["Pending", "InFlight", "Unknown", "Delivered", "Conflict", "Failed"])
    .describe("How far the delivery is."),
  attempts: count.describe("How often it was tried."),
  receipt: receipt.optional().describe("What the receiver holds."),
  lastError: shortMessage.optional().describe("Why the last try failed."),
  nextAttemptAt: instantText.optional().describe("When it is tried again."),
});

const deliveryCounts = z.object({
  pending: count.describe("Not begun, or to be tried again."),
  inFlight: count.describe("Begun, and nobody knows yet how they end."),
  unknown: count.describe("The receiver cannot say whether it has the file."),
  delivered: count.describe("In place at the receiver."),
  conflict: count.describe("The receiver has another file of that name."),
  failed: count.describe("Given up."),
});

const findings = z.object({
  warning: count.describe("Findings of rules of severity Warning."),
  blocking: count.describe("Findings of rules of severity Blocking."),
  correctable: count.describe("Findings of rules of severity Correctable."),
  undecided: count.describe("Findings, among those, where the rule met null or an error."),
  byRule: atomicList(
    z.object({
      id: z.string().max(63).describe("Id of the rule."),
      count: count.describe("How many rows."),
      firstRows: atomicList(count, 3).describe("Numbers of the first rows, from 1."),
    }),
    10,
  ).describe("The rules with most findings."),
});

/** What the runner says about its attempt. */
export const execution = z
  .object({
    attempt: z.int().min(1).describe("The attempt that the runner works on."),
    podUID: z.string().min(1).max(64).describe("UID of the Pod that owns the attempt."),
    heartbeatAt: instantText.describe("When the runner last wrote."),
    step: z.enum(stepStates).describe("What it works on."),
    steps: atomicList(
      z.object({
        name: z.enum(stepStates).describe("Name of the step."),
        startedAt: instantText.describe("When it began."),
        endedAt: instantText.optional().describe("When it was done."),
      }),
      8,
    ).describe("The steps of this attempt."),
    progress: z
      .object({
        percent: z.int().min(0).max(100).describe("How much is done, roughly."),
        bytesWritten: count.optional().describe("Bytes of artifacts so far."),
        message: shortMessage.optional().describe("What is being done."),
      })
      .optional()
      .describe("How far it is."),
    rows: z
      .object({
        fetched: count.describe("Rows read from the source."),
        excluded: count.describe("Rows taken out by Correctable rules."),
        written: count.describe("Records written to artifacts."),
      })
      .optional()
      .describe("Rows so far."),
    findings: findings.optional().describe("What the rules found."),
    filing: z
      .object({
        key: sha256Hex.describe("The filing key."),
        submission: z.int().min(1).describe("Number of the submission."),
        metBy: z.string().max(64).optional().describe("Name of the run that met the filing."),
      })
      .optional()
      .describe("The filing that this run makes."),
    artifacts: atomicList(artifact, 8).optional().describe("The first artifacts; the manifest has all."),
    deliveries: atomicList(delivery, 8)
      .optional()
      .describe("Deliveries, those with a question open first; the manifest has all."),
    deliveryCounts: deliveryCounts.optional().describe("How many of all deliveries are how far."),
    manifest: z
      .object({
        key: storeKey.describe("Where the complete lists lie in the store."),
        sha256: sha256Hex.describe("sha256 of the manifest."),
        artifacts: count.describe("How many artifacts there are."),
        deliveries: count.describe("How many deliveries there are."),
      })
      .optional()
      .describe("The complete lists."),
    snapshot: z
      .object({
        key: storeKey.describe("Where the rows as read lie in the store."),
        sha256: sha256Hex.describe("sha256 of the snapshot."),
      })
      .optional()
      .describe("The checkpoint after fetching."),
    outcome: z
      .object({
        code: z
          .string()
          .min(1)
          .max(63)
          .describe("Done, Held, AlreadyFiled, FilingInProgress, ResumeAt, or a failure code."),
        step: z.enum(stepStates).optional().describe("Where it happened."),
        message: z.string().max(1024).describe("What happened and what to do, a sentence."),
      })
      .optional()
      .describe("How the attempt ended."),
    resumeAt: instantText.optional().describe("When to go on, with outcome ResumeAt."),
    evidence: z
      .object({
        key: storeKey.describe("Where evidence.json lies in the store."),
        sha256: sha256Hex.describe("sha256 of evidence.json."),
      })
      .optional()
      .describe("The evidence of the run."),
  })
  .meta({ "x-kubernetes-map-type": "atomic" })
  .describe("What the runner reports; nobody else writes it.");
