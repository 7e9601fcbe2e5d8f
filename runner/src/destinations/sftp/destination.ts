/** stub */
import type { Credentials } from "../../credentials.ts";
import type { Destination } from "../destination.ts";
import type { DestinationSettings } from "../registry.ts";
export function sftpEndpoint(settings: DestinationSettings): string {
  return `${settings.sftp.host}:${settings.sftp.port}`;
}
export function sftpAddress(settings: DestinationSettings): string {
  return `sftp://${sftpEndpoint(settings)}${settings.sftp.directory}`;
}
export function newSftpDestination(_settings: DestinationSettings, _credentials: Credentials): Destination {
  throw new Error("not yet");
}
