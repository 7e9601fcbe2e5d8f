/** Owns the kind Connector: where rows come from. */
import { z } from "zod";
import { conditions, observedGeneration } from "./conditions.ts";
import { exactlyOne, hostName, nameRules, port, reference, reserved, withRules } from "./schema.ts";

const tls = z
  .object({
    mode: z
      .enum(["VerifyFull", "VerifyCA", "Require", "Disable"])
      .optional()
      .describe("How far TLS is checked: name and chain, chain only, encryption only, or none. Default VerifyFull."),
    caSecretRef: reference("Secret")
      .optional()
      .describe("A Secret whose key `ca.crt` holds the certificate authorities to trust, as PEM."),
  })
  .describe("TLS of the connection.");

const postgresql = z
  .object({
    host: hostName.describe("Host name or address of the server."),
    port: port.optional().describe("TCP port. Default 5432."),
    database: z.string().min(1).max(63).describe("Name of the database."),
    applicationName: z
      .string()
      .min(1)
      .max(63)
      .optional()
      .describe("What the server shows as application_name. Default openreg."),
    tls: tls.optional(),
  })
  .describe("A PostgreSQL database.");

const kinds = ["postgresql", "mysql", "sqlserver", "oracle", "odbc", "s3", "volume"] as const;

/** The spec of a Connector. */
export const connectorSpec = withRules(
  z.object({
    postgresql: postgresql.optional(),
    mysql: reserved("A MySQL or MariaDB database."),
    sqlserver: reserved("A Microsoft SQL Server database."),
    oracle: reserved("An Oracle database."),
    odbc: reserved("A database behind an ODBC driver."),
    s3: reserved("Files in an S3 bucket."),
    volume: reserved("Files on a volume."),
    credentialsSecretRef: reference("Secret").describe(
      "The Secret with the keys `username`, `password` and `endpoint` (the addresses it may be used for, host:port, one per line), optionally `revision`.",
    ),
    limits: z
      .object({
        maxConcurrentRuns: z
          .int()
          .min(1)
          .max(1000)
          .optional()
          .describe("How many runs may read at once. Default no limit."),
        statementTimeoutSeconds: z
          .int()
          .min(1)
          .max(86400)
          .optional()
          .describe("After how long the server ends a query. Default 3600."),
      })
      .optional()
      .describe("What the source can bear."),
    probe: reserved("How often the connection is tried."),
    suspend: z.boolean().optional().describe("True holds back runs that read from here. Default false."),
  }),
  [exactlyOne(kinds, `exactly one of ${kinds.join(", ")} must be set`)],
).describe("How to reach the source, and with which credentials.");

/** The status of a Connector. */
export const connectorStatus = z
  .object({ observedGeneration: observedGeneration.optional(), conditions: conditions.optional() })
  .describe("What was observed about the Connector.");

/** The kind Connector. */
export const connector = {
  kind: "Connector",
  plural: "connectors",
  singular: "connector",
  shortNames: ["con"],
  description: "Where rows come from: one database, with the Secret that opens it.",
  spec: connectorSpec,
  status: connectorStatus,
  rules: nameRules("Connector", 63, "others can refer to it"),
  columns: [
    { name: "HOST", type: "string", jsonPath: ".spec.postgresql.host", description: "Host of the source" },
    { name: "DATABASE", type: "string", jsonPath: ".spec.postgresql.database", description: "Database of the source" },
    { name: "AGE", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since when it exists" },
    {
      name: "SUSPENDED",
      type: "boolean",
      jsonPath: ".spec.suspend",
      priority: 1,
      description: "Whether runs are held back",
    },
  ],
} as const;
