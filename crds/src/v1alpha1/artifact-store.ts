/** Owns the kind ArtifactStore: where runs keep their bytes and the ledger of filings. */
import { z } from "zod";
import { conditions, observedGeneration } from "./conditions.ts";
import { exactlyOne, instantText, marked, nameRules, reference, reserved, reservedText, withRules } from "./schema.ts";

/** The spec of an ArtifactStore. */
export const artifactStoreSpec = withRules(
  z.object({
    persistentVolumeClaimRef: marked(
      "immutable",
      reference("PersistentVolumeClaim").describe(
        "The volume that holds the bytes; ReadWriteMany, or all runs on one node.",
      ),
    ).optional(),
    s3: reserved("An S3 bucket."),
    credentialsSecretRef: reserved("The Secret that opens the bucket."),
    retention: z
      .object({
        days: z
          .int()
          .min(1)
          .max(36_500)
          .describe(
            "Bytes of runs are removed so many days after the last of them was written, once the run is gone from the cluster.",
          ),
        lock: reservedText("Whether bytes are locked until then."),
      })
      .optional()
      .describe(
        "How long bytes of runs are kept. Without it they are kept. The ledger, evidence and manifests always are.",
      ),
  }),
  [exactlyOne(["persistentVolumeClaimRef", "s3"], "exactly one of persistentVolumeClaimRef, s3 must be set")],
).describe("Where the bytes are. The location never changes.");

/** The status of an ArtifactStore. */
export const artifactStoreStatus = z
  .object({
    observedGeneration: observedGeneration.optional(),
    conditions: conditions.optional(),
    retention: z
      .object({
        startedAt: instantText.describe("When old bytes were looked for last."),
        endedAt: instantText.optional().describe("When that ended."),
        message: z.string().max(1024).optional().describe("What was removed, or why nothing could be."),
      })
      .optional()
      .describe("The last removal of old bytes."),
  })
  .describe("What was observed about the ArtifactStore.");

/** The kind ArtifactStore. */
export const artifactStore = {
  kind: "ArtifactStore",
  plural: "artifactstores",
  singular: "artifactstore",
  shortNames: ["store"],
  description:
    "Where runs keep snapshots, artifacts, findings, receipts and evidence. A Report without artifactStoreRef uses the one named default.",
  spec: artifactStoreSpec,
  status: artifactStoreStatus,
  rules: nameRules("ArtifactStore", 63, "others can refer to it"),
  columns: [
    { name: "CLAIM", type: "string", jsonPath: ".spec.persistentVolumeClaimRef.name", description: "Volume claim" },
    {
      name: "READY",
      type: "string",
      jsonPath: ".status.conditions[?(@.type=='Ready')].status",
      description: "Whether it can be used",
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
