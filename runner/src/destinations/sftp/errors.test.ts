/** Proves D10: what each kind of trouble with a receiver means, and whether it passes. */
import type { FailureCode } from "@openreg/crds";
import { expect, test } from "vitest";
import type { DestinationSettings } from "../registry.ts";
import { asSftpError, isMissing } from "./errors.ts";

const settings = {
  name: "regulator",
  credentialsSecret: "regulator-live",
  sftp: { host: "sftp.example", port: 22 },
} as DestinationSettings;
const status = (code: number): Error => Object.assign(new Error(`status ${code}`), { code });
const socket = (code: string): Error => Object.assign(new Error(code), { code });
const level = (name: string, message = "refused"): Error => Object.assign(new Error(message), { level: name });

const meanings: Record<string, [error: unknown, code: FailureCode, passes: boolean]> = {
  "permission denied": [status(3), "DestinationRefused", false],
  "failure, as with a full disk": [status(4), "DestinationRefused", false],
  "an operation that is not supported": [status(8), "DestinationRefused", false],
  "no connection": [status(6), "DestinationUnavailable", true],
  "connection lost": [status(7), "DestinationUnavailable", true],
  "an unknown host": [socket("ENOTFOUND"), "DestinationHostUnknown", true],
  "nobody listening": [socket("ECONNREFUSED"), "DestinationUnavailable", true],
  "no answer": [socket("ETIMEDOUT"), "DestinationUnavailable", true],
  "a connection that was closed": [new Error("the connection was closed"), "DestinationUnavailable", true],
  "a login that is refused": [
    level("client-authentication", "All configured authentication methods failed"),
    "DestinationAuthenticationFailed",
    false,
  ],
  "a key that cannot be read": [
    new Error("Cannot parse privateKey: Unsupported key format"),
    "DestinationAuthenticationFailed",
    false,
  ],
  "no host key of a pinned type": [
    level("handshake", "Handshake failed: no matching host key format"),
    "HostKeyMismatch",
    false,
  ],
};
test.each(Object.entries(meanings))("%s has its code", (_sentence, [error, code, passes]) => {
  const failure = asSftpError(settings, "delivering a.csv", error);
  expect(failure).toMatchObject({ code, retryable: passes, cause: error });
  expect(failure.message).toContain("Destination regulator at sftp.example:22: delivering a.csv failed");
});

test("tells a file that is not there from other trouble", () => {
  expect(isMissing(status(2))).toBe(true);
  expect(isMissing(status(3))).toBe(false);
  expect(isMissing(socket("ENOENT"))).toBe(false);
});
