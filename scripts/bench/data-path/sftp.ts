/** Measures uploads by SFTP: our destination from a stream, beside OpenSSH's client, on loopback and on a line with delay. */
import { createHash } from "node:crypto";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runnerNodeFlags } from "@openreg/crds";
import { newSftpDestinationFor } from "../../../test/integration/runner/test-plan.ts";
import { type OpensshPeer, startOpenssh } from "../../../test/peers/openssh.ts";
import { type Measure, newMeasure } from "../measure.ts";
import type { Bench, Part } from "../part.ts";
import { alternate } from "../rounds.ts";
import { watch } from "../watched-process.ts";
import { checkSame } from "./amounts.ts";
import { bundleProgram } from "./bundle-program.ts";
import { startDelayLine } from "./delay-line.ts";
import type { UploadAnswer, UploadRequest } from "./upload-process.ts";

const megabyte = 1_000_000;
/** Each way; a round trip takes twice as long. */
const delayMilliseconds = 10;

interface Upload {
  readonly bench: Bench;
  readonly peer: OpensshPeer;
  readonly port: number;
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Upload from a stream, against OpenSSH's sftp. */
export const sftpPart: Part = {
  name: "sftp",
  section: "data-path",
  async run(bench) {
    const peer = await bench.progress.step("starting OpenSSH", () => startOpenssh());
    const line = await startDelayLine({
      target: { host: peer.host, port: peer.port },
      milliseconds: delayMilliseconds,
    });
    try {
      const sizeBytes = (bench.isQuick ? 100 : 300) * megabyte;
      const file = join(bench.folder, "upload.bin");
      const bytes = Buffer.alloc(sizeBytes, "a record of the file that is uploaded\n");
      await writeFile(file, bytes);
      const upload = { bench, peer, file, sizeBytes, sha256: createHash("sha256").update(bytes).digest("hex") };
      const size = `${sizeBytes / megabyte} MB`;
      return {
        measures: [
          await measured({ ...upload, port: peer.port }, `SFTP upload of ${size} on loopback`),
          await measured(
            { ...upload, port: line.port },
            `SFTP upload of ${size} with ${2 * delayMilliseconds} ms there and back`,
          ),
        ],
        facts: { OpenSSH: (await watch({ program: "sh", args: ["-c", "ssh -V 2>&1"] })).output.trim() },
      };
    } finally {
      await line.stop();
      await peer.stop();
    }
  },
};

async function measured(upload: Upload, name: string): Promise<Measure> {
  const program = await bundleProgram("upload-process", upload.bench.folder);
  const { progress } = upload.bench;
  const { reference, candidate } = await alternate({
    reference: () => progress.step("OpenSSH", () => byOpenssh(upload)),
    candidate: () => progress.step("ours", () => byRunner(upload, program)),
  });
  return newMeasure({
    ...{ name: `${name}: speed against OpenSSH's sftp`, unit: "s", isSpeed: true, reference, candidate },
    ...{ gate: { limit: 0.9, side: "AtLeast" }, information: "connecting included; ours ends with a rename" },
  });
}

async function byOpenssh(upload: Upload): Promise<number> {
  const { peer, port, file, bench } = upload;
  const name = "theirs.bin";
  const batch = join(bench.folder, "batch");
  await writeFile(batch, `put ${file} ${join(peer.directory, name)}\n`);
  const known = join(bench.folder, "known_hosts");
  await writeFile(known, `[${peer.host}]:${port} ${peer.hostKey}\n`);
  const options = ["IdentitiesOnly=yes", `UserKnownHostsFile=${known}`, "GlobalKnownHostsFile=none", "Compression=no"];
  const end = await watch({
    program: "sftp",
    args: [
      ...["-q", "-F", "none", "-b", batch, "-P", String(port), "-i", join(peer.folder, "user")],
      ...options.flatMap((option) => ["-o", option]),
      `${peer.username}@${peer.host}`,
    ],
  });
  await checkAndRemove(upload, name);
  return end.seconds;
}

async function byRunner(upload: Upload, program: string): Promise<number> {
  const { peer, port, file, sizeBytes, sha256, bench } = upload;
  const fileName = "ours.bin";
  const settings = newSftpDestinationFor({ ...peer, port });
  const request: UploadRequest = {
    // reading back what was written is another transfer: OpenSSH's client does not do it
    settings: { ...settings, delivery: { ...settings.delivery, verify: "Size" } },
    ...{ username: peer.username, privateKey: peer.privateKey, file, parcel: { fileName, sizeBytes, sha256 } },
  };
  const requestFile = join(bench.folder, "upload.json");
  await writeFile(requestFile, JSON.stringify(request), { mode: 0o600 });
  const end = await watch({ program: process.execPath, args: [...runnerNodeFlags, program, requestFile] });
  await checkAndRemove(upload, fileName);
  return (JSON.parse(end.output) as UploadAnswer).seconds;
}

async function checkAndRemove({ peer, sizeBytes, sha256 }: Upload, name: string): Promise<void> {
  const path = join(peer.directory, name);
  checkSame("the size of what arrived", [(await stat(path)).size], sizeBytes);
  const digest = createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
  checkSame("the sha256 of what arrived", [digest], sha256);
  await rm(path);
}
