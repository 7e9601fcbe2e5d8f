/** Owns when the credentials of a Connector or Destination are released: after address and mode were checked. */
import { type Definition, secretGraceSeconds } from "@openreg/crds";
import { connectorKindOf } from "./connectors/registry.ts";
import type { RunContext } from "./context.ts";
import { type Credentials, releaseCredentials } from "./credentials.ts";
import type { Destination } from "./destinations/destination.ts";
import { destinationKindOf } from "./destinations/registry.ts";

/** Releases the credentials of a Connector. Throws StepError when its Secret is missing or does not allow the address. */
export async function releaseConnector(
  context: RunContext,
  settings: Definition["connectors"][number],
): Promise<Credentials> {
  const request = {
    kind: "connectors",
    name: settings.name,
    secret: settings.credentialsSecret,
    endpoint: connectorKindOf(settings).endpoint(settings),
    certificateAuthoritySecret: settings.postgresql.tls.caSecret,
  } as const;
  const credentials = await releaseCredentials(context.secrets, request, isGraceOver(context));
  return noted(context, `Connector/${settings.name}`, credentials);
}

/** Releases the credentials of a Destination; its Secret must also repeat the mode. */
export async function releaseDestination(
  context: RunContext,
  settings: Definition["destinations"][number],
): Promise<Credentials> {
  const request = {
    kind: "destinations",
    name: settings.name,
    secret: settings.credentialsSecret,
    endpoint: destinationKindOf(settings).endpoint(settings),
    mode: settings.mode,
  } as const;
  const credentials = await releaseCredentials(context.secrets, request, isGraceOver(context));
  return noted(context, `Destination/${settings.name}`, credentials);
}

/** The receiver of a delivery, with credentials released for it. */
export async function openDestination(
  context: RunContext,
  { destination }: { readonly destination: Definition["destinations"][number] },
): Promise<Destination> {
  const credentials = await releaseDestination(context, destination);
  return destinationKindOf(destination).newDestination(destination, credentials, context.network);
}

/** A Secret that is not there yet is waited for: GitOps may apply it after the Report. */
function isGraceOver({ plan, clock }: RunContext): boolean {
  return (Date.parse(clock.now()) - Date.parse(plan.firstStartedAt)) / 1000 > secretGraceSeconds;
}

function noted({ memory }: RunContext, subject: string, credentials: Credentials): Credentials {
  const revision = credentials.optional("revision");
  if (revision !== undefined) memory.secretRevisions.set(subject, revision);
  return credentials;
}
