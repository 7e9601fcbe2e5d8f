/** The program of uploads: hands one file over by SFTP with the runner's own destination, from a stream, and says how long that took. */
import { createReadStream, readFileSync } from "node:fs";
import type { Definition } from "@openreg/crds";
import type { Credentials } from "../../../runner/src/credentials.ts";
import type { Parcel } from "../../../runner/src/destinations/destination.ts";
import { newSftpDestination } from "../../../runner/src/destinations/sftp/destination.ts";
import { newNetwork } from "../../../runner/src/network/address-guard.ts";

/** What the program reads from the file that its first argument names. */
export interface UploadRequest {
  readonly settings: Definition["destinations"][number];
  readonly username: string;
  readonly privateKey: string;
  readonly file: string;
  readonly parcel: Omit<Parcel, "open">;
}

/** What the program prints. */
export interface UploadAnswer {
  /** From connecting until the file has its name, without the start of Node. */
  readonly seconds: number;
}

/** How much the store of a run reads at once. */
const storeReadBytes = 256 * 1024;

async function main(): Promise<void> {
  const request = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as UploadRequest;
  const values: Readonly<Record<string, string>> = { username: request.username, privateKey: request.privateKey };
  const credentials: Credentials = {
    certificateAuthority: undefined,
    optional: (key) => values[key],
    required: (key) => values[key] ?? "",
  };
  const network = newNetwork({ allowLoopback: true, apiServer: [] });
  const { fileName } = request.parcel;
  const started = performance.now();
  await newSftpDestination(request.settings, credentials, network).deliver(
    { ...request.parcel, open: () => createReadStream(request.file, { highWaterMark: storeReadBytes }) },
    {
      temporaryName: `${fileName}.part`,
      isLeftover: () => false,
      mayBeThere: false,
      checkOwned: async () => {},
      failpoint: async () => {},
      signal: new AbortController().signal,
    },
  );
  const answer: UploadAnswer = { seconds: (performance.now() - started) / 1000 };
  console.log(JSON.stringify(answer));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
