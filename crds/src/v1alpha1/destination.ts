/** Owns the kind Destination: where artifacts go. */
import { z } from "zod";
import { conditions, observedGeneration } from "./conditions.ts";
import {
  atomicList,
  exactlyOne,
  hostName,
  identifier,
  mapList,
  marked,
  nameRules,
  port,
  reference,
  reserved,
  reservedList,
  withRules,
} from "./schema.ts";

/** What a run is for: the real filing, or a rehearsal with its own receivers and numbers. */
export const mode = z.enum(["Live", "Test"]);

const sftp = z
  .object({
    host: hostName.describe("Host name or address of the server."),
    port: port.optional().describe("TCP port. Default 22."),
    directory: z
      .string()
      .min(1)
      .max(1024)
      .regex(/^[^\0\r\n]+$/)
      .describe("Directory at the server into which files go."),
    hostKeys: atomicList(
      z
        .string()
        .min(20)
        .max(2048)
        .regex(/^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+={0,2}$/),
      8,
    )
      .min(1)
      .describe("The public keys that the server may show, as `type base64`. Anything else is refused."),
  })
  .describe("An SFTP server.");

const delivery = z
  .object({
    maxAttempts: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .describe("How often a delivery is tried in one attempt of a run. Default 5."),
    backoff: z
      .object({
        initialSeconds: z.int().min(1).max(3600).optional().describe("Wait before the second try. Default 2."),
        maxSeconds: z.int().min(1).max(3600).optional().describe("Longest wait between tries. Default 60."),
      })
      .optional()
      .describe("Waits between tries; each is twice the one before."),
    timeoutSeconds: z.int().min(1).max(86400).optional().describe("Longest time without progress. Default 60."),
    temporarySuffix: z
      .string()
      .min(1)
      .max(32)
      .regex(/^[A-Za-z0-9._-]+$/)
      .optional()
      .describe("What a file's name ends in until it is whole. Default .part."),
    fileNamePattern: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe("A regular expression that the name of each file must match as a whole."),
    verify: z
      .enum(["Hash", "Size", "None"])
      .optional()
      .describe("What is read back before the rename: the whole file, its size, or nothing. Default Hash."),
    maxConcurrentDeliveries: marked(
      "reserved",
      z.int().min(1).max(1000).describe("How many deliveries may be under way at once."),
    ).optional(),
  })
  .describe("How files are handed over.");

const sequence = z.object({
  name: identifier.describe("Name of the sequence; `deliverTo` of a Report refers to it."),
  width: z
    .int()
    .min(1)
    .max(15)
    .optional()
    .describe("Digits of a number, with zeros in front. A number that needs more is an error. Default 6."),
  firstNumber: z
    .int()
    .min(0)
    .max(999_999_999_999_999)
    .optional()
    .describe("The first number; it counts only before a number was taken. Default 1."),
  resets: z
    .enum(["Never", "Yearly", "Daily"])
    .optional()
    .describe("When it begins anew, by the business date of the run. Default Never."),
  order: z
    .enum(["Strict", "Any"])
    .optional()
    .describe(
      "Strict: a file is handed over when every lower number was delivered or is recorded as void. Default Strict.",
    ),
});

const kinds = ["sftp", "ftp", "s3", "smtp", "https", "volume"] as const;

/** The spec of a Destination. */
export const destinationSpec = withRules(
  z.object({
    mode: marked(
      "immutable",
      mode.describe("Whether it receives real filings or rehearsals. The Secret repeats it in its key `mode`."),
    ),
    sftp: sftp.optional(),
    ftp: reserved("An FTP or FTPS server."),
    s3: reserved("An S3 bucket."),
    smtp: reserved("A mail server."),
    https: reserved("An HTTPS upload."),
    volume: reserved("A folder on a volume."),
    credentialsSecretRef: reference("Secret").describe(
      "The Secret with the keys `username`, `password` or `privateKey` (with `passphrase`), `endpoint` (the addresses it may be used for, host:port, one per line) and `mode`.",
    ),
    delivery: delivery.optional(),
    limits: z
      .object({
        maxConcurrentRuns: z
          .int()
          .min(1)
          .max(1000)
          .optional()
          .describe("How many runs that deliver here may be under way at once. Default no limit."),
      })
      .optional()
      .describe("What the receiver can bear."),
    windows: reservedList("When the receiver accepts files."),
    sequences: mapList(sequence, "name", 8)
      .optional()
      .describe("Numbers that this receiver wants on its files, gapless per series."),
    testExemptions: reservedList("Checks that a rehearsal leaves out."),
    acknowledgement: reserved("How the receiver answers."),
    suspend: z.boolean().optional().describe("True holds back deliveries. Default false."),
  }),
  [exactlyOne(kinds, `exactly one of ${kinds.join(", ")} must be set`)],
).describe("How to reach the receiver, and with which credentials.");

/** The status of a Destination. */
export const destinationStatus = z
  .object({ observedGeneration: observedGeneration.optional(), conditions: conditions.optional() })
  .describe("What was observed about the Destination.");

/** The kind Destination. */
export const destination = {
  kind: "Destination",
  plural: "destinations",
  singular: "destination",
  shortNames: ["dest"],
  description: "Where artifacts go: one receiver of one mode, with the Secret that opens it.",
  spec: destinationSpec,
  status: destinationStatus,
  rules: nameRules("Destination", 63, "others can refer to it"),
  columns: [
    { name: "MODE", type: "string", jsonPath: ".spec.mode", description: "Live or Test" },
    { name: "HOST", type: "string", jsonPath: ".spec.sftp.host", description: "Host of the receiver" },
    { name: "DIRECTORY", type: "string", jsonPath: ".spec.sftp.directory", description: "Directory at the receiver" },
    { name: "AGE", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since when it exists" },
  ],
} as const;
