/** Lists the kinds of sources; a new kind is one line here. */
import type { Definition } from "@openreg/crds";
import type { Credentials } from "../credentials.ts";
import { StepError } from "../errors.ts";
import type { Network } from "../network/address-guard.ts";
import type { Connector } from "./connector.ts";
import { newPostgresqlConnector, postgresqlEndpoint } from "./postgresql/connector.ts";

/** A Connector of a definition. */
export type ConnectorSettings = Definition["connectors"][number];

interface ConnectorKind {
  /** The address that the Secret must allow, as `host:port`. */
  readonly endpoint: (settings: ConnectorSettings) => string;
  readonly newConnector: (settings: ConnectorSettings, credentials: Credentials, network: Network) => Connector;
}

const kinds: Readonly<Record<string, ConnectorKind>> = {
  postgresql: { endpoint: postgresqlEndpoint, newConnector: newPostgresqlConnector },
};

/** Names of the kinds; each has its call of the conformance suite. */
export const connectorKinds = Object.keys(kinds);

/** The kind of a Connector. Throws StepError `PlanInvalid` when this runner has no such kind. */
export function connectorKindOf(settings: ConnectorSettings): ConnectorKind {
  const kind = Object.entries(kinds).find(([name]) => Object.hasOwn(settings, name));
  if (!kind)
    throw new StepError("PlanInvalid", `Connector ${settings.name} is of a kind that this runner does not have`);
  return kind[1];
}
