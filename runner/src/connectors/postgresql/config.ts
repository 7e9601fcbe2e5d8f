/** Owns how a Connector of kind postgresql becomes a connection: address, TLS and the session that makes text exact. */
import type { ClientConfig } from "pg";
import type { Credentials } from "../../credentials.ts";
import type { ConnectorSettings } from "../registry.ts";

const connectTimeoutMilliseconds = 15_000;

/** How long a query waits for a lock before the source counts as unavailable, in seconds. */
export const lockTimeoutSeconds = 60;

/**
 * What every session sets, so that a value has one text: UTC, ISO dates, no locale, all float digits.
 * Local to the transaction, because a connection pooler may hand the session on.
 */
export const sessionSettings = {
  TimeZone: "UTC",
  DateStyle: "ISO, YMD",
  IntervalStyle: "iso_8601",
  client_encoding: "UTF8",
  extra_float_digits: "1",
  bytea_output: "hex",
  xmloption: "content",
} as const;

/** The statements that open a consistent, read-only snapshot with a fixed session. */
export function openingStatements(statementTimeoutSeconds: number): string {
  const fixed = Object.entries(sessionSettings);
  return [
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    ...fixed.map(([name, value]) => `SET LOCAL ${name} = '${value}'`),
    `SET LOCAL statement_timeout = '${statementTimeoutSeconds}s'`,
    `SET LOCAL lock_timeout = '${lockTimeoutSeconds}s'`,
    "SET LOCAL idle_in_transaction_session_timeout = 0",
  ].join("; ");
}

/** The settings of a connection. Throws StepError when the Secret lacks username or password. */
export function clientConfig(settings: ConnectorSettings, credentials: Credentials): ClientConfig {
  const { host, port, database, applicationName, tls } = settings.postgresql;
  return {
    host,
    port,
    database,
    user: credentials.required("username"),
    password: credentials.required("password"),
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMilliseconds,
    keepAlive: true,
    ssl: tlsOptions(tls.mode, credentials.certificateAuthority),
  };
}

function tlsOptions(mode: ConnectorSettings["postgresql"]["tls"]["mode"], ca: string | undefined): ClientConfig["ssl"] {
  const trusted = ca === undefined ? {} : { ca };
  switch (mode) {
    case "Disable":
      return false;
    case "Require":
      return { rejectUnauthorized: false };
    case "VerifyCA":
      return { ...trusted, rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case "VerifyFull":
      return { ...trusted, rejectUnauthorized: true };
  }
}
