/** Reads who wrote what, and when, from the audit log of an API server. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One write, answered. */
export interface AuditedWrite {
  readonly user: string;
  readonly verb: string;
  /** `reportruns/status trades-1`. */
  readonly what: string;
  readonly code: number;
  /** Milliseconds since 1970, when it was received. */
  readonly at: number;
}

/** The flags that make an API server keep the log, and the log. */
export interface AuditLog {
  readonly flags: readonly string[];
  /** Every write so far but those of events. */
  writes(): readonly AuditedWrite[];
  remove(): void;
}

const policy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived", "ResponseStarted"],
  rules: [
    { level: "None", verbs: ["get", "list", "watch"] },
    { level: "None", resources: [{ group: "", resources: ["events"] }] },
    { level: "Metadata" },
  ],
};

interface Line {
  readonly user: { readonly username: string };
  readonly verb: string;
  readonly objectRef?: { readonly resource: string; readonly subresource?: string; readonly name?: string };
  readonly responseStatus?: { readonly code: number };
  readonly requestReceivedTimestamp: string;
}

/** A log in a folder of its own. */
export function newAuditLog(): AuditLog {
  const folder = mkdtempSync(join(tmpdir(), "openreg-audit-"));
  const [rules, log] = [join(folder, "policy.json"), join(folder, "audit.log")];
  writeFileSync(rules, JSON.stringify(policy));
  return {
    flags: [`--audit-policy-file=${rules}`, `--audit-log-path=${log}`],
    writes: () =>
      readFileSync(log, "utf8")
        .split("\n")
        .slice(0, -1)
        .map((line) => toWrite(JSON.parse(line))),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

function toWrite({ user, verb, objectRef, responseStatus, requestReceivedTimestamp }: Line): AuditedWrite {
  const { resource = "", subresource, name = "" } = objectRef ?? {};
  return {
    user: user.username,
    verb,
    what: `${resource}${subresource ? `/${subresource}` : ""} ${name}`,
    code: responseStatus?.code ?? 0,
    at: Date.parse(requestReceivedTimestamp),
  };
}
