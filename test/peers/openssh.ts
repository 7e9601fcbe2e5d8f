/** Owns an SFTP server for tests: OpenSSH in a folder of its own, on loopback, with keys that it makes. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Peer, peerHost, runAs, startPeer } from "./peer.ts";

const program = "/usr/sbin/sshd";
// An sshd that is not root serves its own account only; as root we give it one with few rights.
const account = process.getuid?.() === 0 ? "nobody" : userInfo().username;

/** A running server. */
export interface OpensshPeer extends Peer {
  readonly host: string;
  readonly username: string;
  /** The key that opens it. */
  readonly privateKey: string;
  /** The host key that it shows, as `type base64`. */
  readonly hostKey: string;
  /** The directory into which files go. */
  readonly directory: string;
  /** Names and contents of the files in the directory. */
  files(): Promise<Readonly<Record<string, string>>>;
  /** Puts a file there, as somebody else would. */
  put(name: string, content: string): Promise<void>;
  /** Size of a file, or undefined when the name is free. */
  sizeOf(name: string): Promise<number | undefined>;
}

/** Starts a server. It answers requests of the names in `refuses` (those of `internal-sftp -Q requests`) with "permission denied". */
export async function startOpenssh({
  refuses = [],
}: {
  readonly refuses?: readonly string[];
} = {}): Promise<OpensshPeer> {
  if (!existsSync(program)) await install();
  const keys = { hostKey: "", privateKey: "" };
  const peer = await startPeer({
    name: "openssh",
    program,
    user: account,
    args: ({ folder }) => ["-D", "-E", join(folder, "log"), "-f", join(folder, "sshd_config")],
    prepare: async ({ port, folder }) => {
      for (const name of ["host", "user"]) {
        await runAs(account, "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", join(folder, name)]);
      }
      keys.hostKey = (await readFile(join(folder, "host.pub"), "utf8")).split(" ").slice(0, 2).join(" ");
      keys.privateKey = await readFile(join(folder, "user"), "utf8");
      await mkdir(join(folder, "inbox"), { mode: 0o777 });
      await chmod(join(folder, "inbox"), 0o777); // the umask would take the server's right to write
      await writeFile(join(folder, "sshd_config"), configuration(port, folder, refuses));
    },
  });
  const directory = join(peer.folder, "inbox");
  return {
    ...peer,
    ...keys,
    host: peerHost,
    username: account,
    directory,
    files: async () =>
      Object.fromEntries(
        await Promise.all(
          (await readdir(directory)).map(async (name) => [name, await readFile(join(directory, name), "utf8")]),
        ),
      ),
    sizeOf: (name) =>
      stat(join(directory, name)).then(
        ({ size }) => size,
        () => undefined,
      ),
    put: (name, content) => writeFile(join(directory, name), content),
  };
}

function configuration(port: number, folder: string, refuses: readonly string[]): string {
  const refusing = refuses.length > 0 ? ` -P ${refuses.join(",")}` : "";
  return [
    `Port ${port}`,
    `ListenAddress ${peerHost}`,
    `HostKey ${join(folder, "host")}`,
    `AuthorizedKeysFile ${join(folder, "user.pub")}`,
    "LogLevel VERBOSE",
    "PidFile none",
    "StrictModes no",
    "UsePAM yes",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    `Subsystem sftp internal-sftp -l VERBOSE${refusing}`,
    `ForceCommand internal-sftp -l VERBOSE${refusing}`,
    "MaxStartups 100",
    "",
  ].join("\n");
}

async function install(): Promise<void> {
  const policy = "/usr/sbin/policy-rc.d"; // invoke-rc.d asks this file; 101 means "do not start it"
  if (!existsSync(policy)) await writeFile(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await promisify(execFile)("apt-get", ["install", "-y", "-q", "--no-install-recommends", "openssh-server"], {
    env: environment,
  });
}

if (import.meta.main) {
  const { host, port, username, directory, hostKey, folder, stop } = await startOpenssh();
  console.log(JSON.stringify({ host, port, username, directory, hostKey, privateKeyFile: join(folder, "user") }));
  process.on("SIGINT", () => void stop());
}
