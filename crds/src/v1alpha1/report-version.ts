/** Owns the kind ReportVersion: one frozen definition of a Report, never edited. */
import { z } from "zod";
import { atomicList, marked, nameRules, objectName, sha256Hex } from "./schema.ts";

/** The spec of a ReportVersion. */
export const reportVersionSpec = z
  .object({
    series: marked("immutable", objectName.describe("The series that the definition belongs to.")),
    report: marked("immutable", objectName.describe("The Report that it was made from.")),
    format: marked("immutable", z.enum(["v1"]).describe("How the definition is to be read.")),
    contract: marked(
      "immutable",
      z.int().min(1).max(1000).describe("The contract between operator and runner that it was made for."),
    ),
    definition: marked(
      "immutable",
      z.string().min(2).max(900000).describe("The resolved definition as canonical JSON text."),
    ),
    contentHash: marked("immutable", sha256Hex.describe("sha256 of the definition text in UTF-8.")),
    parts: marked(
      "immutable",
      atomicList(
        z.object({
          name: z.string().min(1).max(512).describe("The name of the part in the definition."),
          sha256: sha256Hex.describe("sha256 of its bytes."),
          configMap: z
            .string()
            .min(1)
            .max(253)
            .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
            .describe("Name of the ConfigMap that holds it, in the key content."),
        }),
        64,
      ).describe("Large parts that are kept beside it: tables and schemas."),
    ).optional(),
  })
  .describe("The frozen definition.");

/** The kind ReportVersion. */
export const reportVersion = {
  kind: "ReportVersion",
  plural: "reportversions",
  singular: "reportversion",
  shortNames: ["repv"],
  description:
    "One frozen definition of a Report, with the settings of all it refers to. Written by the operator; deleting the Report leaves it.",
  spec: reportVersionSpec,
  status: undefined,
  rules: nameRules("ReportVersion", 63, "runs can refer to it"),
  columns: [
    { name: "REPORT", type: "string", jsonPath: ".spec.report", description: "The Report" },
    { name: "SERIES", type: "string", jsonPath: ".spec.series", description: "The series" },
    {
      name: "HASH",
      type: "string",
      jsonPath: ".spec.contentHash",
      priority: 1,
      description: "sha256 of the definition",
    },
    { name: "AGE", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since when it exists" },
  ],
} as const;
