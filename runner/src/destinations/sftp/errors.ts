/** Owns what an error of SSH, SFTP or the socket means for a delivery: one table from code to failure code. */
import { type FailureCode, failureCodes } from "@openreg/crds";
import { codeOf, messageOf, StepError } from "../../errors.ts";
import type { DestinationSettings } from "../registry.ts";

/** Status codes of SFTP version 3. https://datatracker.ietf.org/doc/html/draft-ietf-secsh-filexfer-02#section-7 */
export const sftpStatus = {
  ok: 0,
  eof: 1,
  noSuchFile: 2,
  permissionDenied: 3,
  failure: 4,
  noConnection: 6,
  connectionLost: 7,
  unsupported: 8,
} as const;

/** The status code of an SFTP error, or undefined for any other error. */
export function statusOf(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "number" ? code : undefined;
}

/** Whether the receiver says that a file is not there. */
export function isMissing(error: unknown): boolean {
  return statusOf(error) === sftpStatus.noSuchFile;
}

/** Whether the receiver says that there is no more of a file or a listing. */
export function isEnd(error: unknown): boolean {
  return statusOf(error) === sftpStatus.eof;
}

const statusMeaning: Readonly<Record<number, FailureCode>> = {
  [sftpStatus.permissionDenied]: "DestinationRefused",
  [sftpStatus.noConnection]: "DestinationUnavailable",
  [sftpStatus.connectionLost]: "DestinationUnavailable",
};

/** Whether the receiver understood a request and refuses it. */
export function isRefused(error: unknown): boolean {
  return statusOf(error) !== undefined && !isMissing(error) && meaningOf(error) === "DestinationRefused";
}

/** Makes the StepError of an error at a Destination; `doing` says what was tried. */
export function asSftpError(settings: DestinationSettings, doing: string, error: unknown): StepError {
  if (error instanceof StepError) return error;
  const code = meaningOf(error);
  const { name, sftp, credentialsSecret } = settings;
  const remedy =
    code === "DestinationAuthenticationFailed"
      ? `Correct username, password or privateKey in Secret ${credentialsSecret}, then retry the run.`
      : failureCodes[code].remedy;
  const where = `Destination ${name} at ${sftp.host}:${sftp.port}`;
  return new StepError(code, `${where}: ${doing} failed: ${messageOf(error)}. ${remedy}`, { cause: error });
}

function meaningOf(error: unknown): FailureCode {
  const status = statusOf(error);
  if (status !== undefined) return statusMeaning[status] ?? "DestinationRefused";
  const level = (error as { level?: string } | undefined)?.level;
  if (level === "client-authentication") return "DestinationAuthenticationFailed";
  if (/^(ENOTFOUND|EAI_)/.test(codeOf(error) ?? "")) return "DestinationHostUnknown";
  if (/no matching.*host key/i.test(messageOf(error))) return "HostKeyMismatch";
  if (/Cannot parse privateKey|passphrase/i.test(messageOf(error))) return "DestinationAuthenticationFailed";
  return "DestinationUnavailable";
}
