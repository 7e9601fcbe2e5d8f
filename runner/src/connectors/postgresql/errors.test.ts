/** Proves what each kind of trouble with a source means, and that nothing of a Secret or a row is told. */
import type { FailureCode } from "@openreg/crds";
import { expect, test } from "vitest";
import { StepError } from "../../errors.ts";
import type { ConnectorSettings } from "../registry.ts";
import { asSourceError } from "./errors.ts";

const settings = {
  name: "warehouse",
  credentialsSecret: "warehouse-reader",
  postgresql: { host: "db.example", port: 5432 },
} as ConnectorSettings;
const place = { input: "trades", settings, user: "svc_reporting" };
const server = (code: string, message = "refused", more: object = {}): Error =>
  Object.assign(new Error(message), { severity: "ERROR", code, ...more });
const socket = (code: string): Error => Object.assign(new Error(`connect ${code}`), { code });

const meanings: Record<string, [error: unknown, code: FailureCode]> = {
  "an unknown host": [socket("ENOTFOUND"), "SourceHostUnknown"],
  "a name server that does not answer": [socket("EAI_AGAIN"), "SourceHostUnknown"],
  "nobody listening": [socket("ECONNREFUSED"), "SourceUnavailable"],
  "a connection that was reset": [socket("ECONNRESET"), "SourceUnavailable"],
  "a connection that broke": [new Error("Connection terminated unexpectedly"), "SourceUnavailable"],
  "no answer in time": [new Error("timeout expired"), "SourceUnavailable"],
  "a stream that was cut": [new Error("the source announced no rows but 3 came"), "SourceUnavailable"],
  "a certificate of a stranger": [socket("SELF_SIGNED_CERT_IN_CHAIN"), "SourceTlsFailed"],
  "a certificate of another name": [socket("ERR_TLS_CERT_ALTNAME_INVALID"), "SourceTlsFailed"],
  "a server without TLS": [new Error("The server does not support SSL connections"), "SourceTlsFailed"],
  "a wrong password": [server("28P01"), "SourceAuthenticationFailed"],
  "a user who may not connect": [server("28000"), "SourceAuthenticationFailed"],
  "too many connections": [server("53300"), "SourceUnavailable"],
  "a server that shuts down": [server("57P01"), "SourceUnavailable"],
  "a server that starts": [server("57P03"), "SourceUnavailable"],
  "a deadlock": [server("40P01"), "SourceUnavailable"],
  "a lock that is not given": [server("55P03"), "SourceUnavailable"],
  "a query that took too long": [server("57014"), "SourceQueryFailed"],
  "a table that is not there": [server("42P01"), "SourceQueryFailed"],
  "a table that may not be read": [server("42501"), "SourceQueryFailed"],
  "a query that writes": [server("25006"), "SourceQueryFailed"],
  "a division by zero": [server("22012"), "SourceQueryFailed"],
};
test.each(Object.entries(meanings))("%s has its code", (_sentence, [error, code]) => {
  expect(asSourceError(place, error)).toMatchObject({
    code,
    message: expect.stringContaining("input trades from Connector warehouse at db.example:5432"),
  });
});

const discreet: Record<string, { error: Error; told: RegExp; hidden: RegExp }> = {
  "the user": {
    error: server("28P01", 'password authentication failed for user "svc_reporting"'),
    told: /warehouse-reader/,
    hidden: /svc_reporting/,
  },
  "a value": {
    error: server("22P02", 'invalid input syntax for type integer: "DE89 3704"'),
    told: /: SQLSTATE 22P02, invalid_text_representation\. /,
    hidden: /DE89/,
  },
  "a row": {
    error: server("23505", 'duplicate key value violates "k"', { detail: "Key (iban)=(DE89) exists" }),
    told: /SQLSTATE 23505, unique_violation/,
    hidden: /DE89/,
  },
  "a value in a language with other quotes": {
    error: server("22P02", "ungültige Eingabesyntax für Typ integer: »DE89 3704«"),
    told: /SQLSTATE 22P02/,
    hidden: /DE89/,
  },
  "what a function raises": {
    error: server("P0001", "account DE89 3704 is closed"),
    told: /SQLSTATE P0001, raise_exception/,
    hidden: /DE89/,
  },
  "a value under a code of its class that is new": {
    error: server("22099", "DE89 3704"),
    told: /SQLSTATE 22099, data_exception/,
    hidden: /DE89/,
  },
};
test.each(Object.entries(discreet))("does not tell %s, nor does the cause", (_sentence, { error, told, hidden }) => {
  const failure = asSourceError(place, error);
  expect(failure.message).toMatch(told);
  expect(`${failure.message} ${(failure.cause as Error).message} ${JSON.stringify(failure.cause)}`).not.toMatch(hidden);
});

test("names the place in the query, and what was named already stays", () => {
  expect(asSourceError(place, server("42703", 'column "pric" does not exist', { position: "8" })).message).toContain(
    'column "pric" does not exist (at character 8 of the query)',
  );
  const named = new StepError("SourceColumnMissing", "said");
  expect(asSourceError(place, named)).toBe(named);
});
