/** Lists the kinds of receivers; a new kind is one line here. */
import type { Definition } from "@openreg/crds";
import type { Credentials } from "../credentials.ts";
import { StepError } from "../errors.ts";
import type { Network } from "../network/address-guard.ts";
import type { Destination } from "./destination.ts";
import { newSftpDestination, sftpAddress, sftpEndpoint } from "./sftp/destination.ts";

/** A Destination of a definition. */
export type DestinationSettings = Definition["destinations"][number];

interface DestinationKind {
  /** The address that the Secret must allow, as `host:port`. */
  readonly endpoint: (settings: DestinationSettings) => string;
  /** Where files go, as a URL without a user: part of the submission key, so never change its form. */
  readonly address: (settings: DestinationSettings) => string;
  readonly newDestination: (settings: DestinationSettings, credentials: Credentials, network: Network) => Destination;
}

const kinds: Readonly<Record<string, DestinationKind>> = {
  sftp: { endpoint: sftpEndpoint, address: sftpAddress, newDestination: newSftpDestination },
};

/** Names of the kinds; each has its call of the conformance suite. */
export const destinationKinds = Object.keys(kinds);

/** The kind of a Destination. Throws StepError `PlanInvalid` when this runner has no such kind. */
export function destinationKindOf(settings: DestinationSettings): DestinationKind {
  const kind = Object.entries(kinds).find(([name]) => Object.hasOwn(settings, name));
  if (!kind)
    throw new StepError("PlanInvalid", `Destination ${settings.name} is of a kind that this runner does not have`);
  return kind[1];
}
