/** Owns what an error of PostgreSQL, its TLS or its socket means for a run: one table from code to failure code. */
import { type FailureCode, failureCodes } from "@openreg/crds";
import { codeOf, messageOf, StepError } from "../../errors.ts";
import type { ConnectorSettings } from "../registry.ts";
import { conditionOf } from "./sql-conditions.ts";

// SQLSTATE by class or whole; the first entry that fits wins. https://www.postgresql.org/docs/current/errcodes-appendix.html
const sqlStates: readonly (readonly [RegExp, FailureCode])[] = [
  [/^28/, "SourceAuthenticationFailed"],
  [/^08/, "SourceUnavailable"], // connection exceptions
  [/^53/, "SourceUnavailable"], // out of connections, memory or disk
  [/^57P/, "SourceUnavailable"], // shutting down or starting
  [/^(40|55P03)/, "SourceUnavailable"], // serialization, deadlock, lock not available
  [/^(58|XX)/, "SourceUnavailable"], // trouble of the server itself
  [/^[0-9A-Z]{5}$/, "SourceQueryFailed"],
];

const socketErrors: readonly (readonly [RegExp, FailureCode])[] = [
  [/^(ENOTFOUND|EAI_AGAIN|EAI_NODATA|EAI_NONAME)$/, "SourceHostUnknown"],
  [
    /^(ERR_TLS|ERR_SSL|CERT_|EPROTO|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|ERR_OSSL)/,
    "SourceTlsFailed",
  ],
  [/^E[A-Z]+$/, "SourceUnavailable"],
];

const phrases: readonly (readonly [RegExp, FailureCode])[] = [
  [/does not support SSL|establishing an SSL connection/, "SourceTlsFailed"],
  [/timeout expired|Connection terminated|announced/, "SourceUnavailable"],
  [/^SASL:/, "SourceAuthenticationFailed"],
];

/** Where an error happened; `user` is known from a Secret and must not be told. */
export interface SourcePlace {
  readonly input: string;
  readonly settings: ConnectorSettings;
  readonly user: string;
}

/** Makes the StepError of an error that happened while an input was read. It tells no row and nothing of a Secret, nor does its cause. */
export function asSourceError({ input, settings, user }: SourcePlace, error: unknown): StepError {
  if (error instanceof StepError) return error;
  const code = failureOf(error);
  const { host, port } = settings.postgresql;
  const where = `input ${input} from Connector ${settings.name} at ${host}:${port}`;
  const told = discreet(error, user);
  const cause = Object.assign(new Error(told), { code: codeOf(error) });
  return new StepError(code, `${where}: ${told}${placeOf(error)}. ${remedyOf(code, settings, error)}`, { cause });
}

/** What a server says, without the name of the user. Where it complains about data only which kind of complaint: each language quotes values in its own way. */
function discreet(error: unknown, user: string): string {
  const condition = isFromServer(error) ? conditionOf(codeOf(error) ?? "") : undefined;
  if (condition !== undefined) return condition;
  const text = messageOf(error);
  return user === "" ? text : text.replaceAll(`"${user}"`, "(the user of the Secret)");
}

function failureOf(error: unknown): FailureCode {
  const code = codeOf(error) ?? "";
  const table = isFromServer(error) ? sqlStates : socketErrors;
  const found =
    table.find(([pattern]) => pattern.test(code)) ?? phrases.find(([pattern]) => pattern.test(messageOf(error)));
  return found?.[1] ?? "SourceQueryFailed";
}

function isFromServer(error: unknown): boolean {
  return typeof (error as { severity?: unknown }).severity === "string";
}

function placeOf(error: unknown): string {
  const { position } = error as { position?: string };
  return position === undefined ? "" : ` (at character ${position} of the query)`;
}

function remedyOf(code: FailureCode, { credentialsSecret }: ConnectorSettings, error: unknown): string {
  if (codeOf(error) === "57014")
    return "Make the query faster or raise limits.statementTimeoutSeconds of the Connector.";
  if (code === "SourceAuthenticationFailed")
    return `Correct username or password in Secret ${credentialsSecret}, then retry the run.`;
  return failureCodes[code].remedy;
}
