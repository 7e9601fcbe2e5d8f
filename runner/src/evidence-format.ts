/** Owns how evidence is read back: the parts of it that name other objects of the store. */
import { z } from "zod";

const named = z.object({ key: z.string(), sha256: z.string() });
const sized = named.extend({ sizeBytes: z.number() });
const file = sized.extend({ output: z.string(), fileName: z.string() });
const source = z.object({
  snapshot: z.object({ key: z.string(), sha256: z.string(), kept: z.boolean() }),
});

/** Evidence as a verifier reads it; what else it says is left out. */
export const evidenceFormat = z.object({
  format: z.literal("openreg-evidence/v1"),
  run: z.object({
    namespace: z.string(),
    name: z.string(),
    uid: z.string(),
    mode: z.enum(["Live", "Test"]),
    purpose: z.literal("Original"),
    series: z.string(),
    businessDate: z.string(),
    parameters: z.record(z.string(), z.unknown()),
    attempt: z.number(),
  }),
  source: source.optional(),
  otherSources: z.array(source).optional(),
  rules: z.object({ findingsFile: sized.optional(), exceptionsFile: sized.optional() }),
  artifacts: z.array(file.extend({ destination: z.string().optional(), sequence: z.string().optional() })),
  packed: z.array(file).optional(),
  filing: z.object({ key: z.string(), submission: z.number() }).optional(),
  deliveries: z.array(
    z.object({
      destination: z.string(),
      artifact: z.string(),
      state: z.string(),
      receipt: z.object({ sizeBytes: z.number(), sha256: z.string().optional(), verifiedBy: z.string() }).optional(),
    }),
  ),
  manifest: named,
  checkpoints: z.array(named),
  ledger: z.array(named),
  chain: z.object({ number: z.number(), previous: z.string().nullable() }),
});

/** Evidence as a verifier reads it. */
export type ReadEvidence = z.infer<typeof evidenceFormat>;
