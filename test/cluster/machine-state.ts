/** Remembers what the cluster changes on the machine, and puts it back. */
import { existsSync } from "node:fs";
import { readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stateFolder } from "./config.ts";

/** Kernel settings that we, the kubelet or kube-proxy write. */
const sysctls = [
  ...["net/ipv4/ip_forward", "net/ipv4/conf/all/route_localnet", "net/bridge/bridge-nf-call-iptables"],
  ...["vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops"],
  ...["kernel/keys/root_maxkeys", "kernel/keys/root_maxbytes"],
  ...["max", "tcp_timeout_established", "tcp_timeout_close_wait", "tcp_be_liberal"].map(
    (name) => `net/netfilter/nf_conntrack_${name}`,
  ),
  ...["net/netfilter/nf_conntrack_udp_timeout", "net/netfilter/nf_conntrack_udp_timeout_stream"],
] as const;

/** Folders outside ours that the kubelet, containerd and the network plugins make. */
const folders = [
  ...["/run/containerd", "/opt/containerd", "/opt/cni", "/var/lib/cni", "/var/lib/kubelet", "/var/log/pods"],
  ...["/var/log/containers", "/run/netns", "/usr/libexec/kubernetes", "/etc/cni", "/run/xtables.lock"],
] as const;

type MachineState = { readonly sysctls: Readonly<Record<string, string>>; readonly folders: readonly string[] };

const file = join(stateFolder, "machine-before.json");

/** Writes down the machine's settings and folders as they are; only the first call of a cluster's life counts. */
export async function rememberMachine(): Promise<void> {
  if (existsSync(file)) return;
  const values: Record<string, string> = {};
  for (const name of sysctls) {
    const value = await readFile(`/proc/sys/${name}`, "utf8").catch(() => undefined);
    if (value !== undefined) values[name] = value.trim();
  }
  const state: MachineState = { sysctls: values, folders: folders.filter((folder) => existsSync(folder)) };
  await writeFile(file, JSON.stringify(state, null, 2));
}

/** Puts the remembered settings back and removes the folders that were not there before. */
export async function restoreMachine(): Promise<void> {
  if (!existsSync(file)) return;
  const before: MachineState = JSON.parse(await readFile(file, "utf8"));
  for (const [name, value] of Object.entries(before.sysctls)) await writeSysctl(name, value);
  for (const folder of folders)
    if (!before.folders.includes(folder)) await rm(folder, { recursive: true, force: true });
  await removeOurLogLinks();
}

/** Sets one kernel setting, named by its path below /proc/sys; one that equals already is not written. */
export async function writeSysctl(name: string, value: string): Promise<void> {
  const path = `/proc/sys/${name}`;
  const now = await readFile(path, "utf8").catch(() => undefined);
  if (now !== undefined && now.trim() !== value) await writeFile(path, value);
}

/** The kubelet links every container's log into /var/log/containers, wherever the log is. */
async function removeOurLogLinks(): Promise<void> {
  const folder = "/var/log/containers";
  for (const name of await readdir(folder).catch(() => [])) {
    if (!existsSync(join(folder, name))) await rm(join(folder, name), { force: true }); // its log went with our state
  }
  await rmdir("/run/openreg-cluster").catch(() => {}); // not there, or not empty: then `down` says so
}
