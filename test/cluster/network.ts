/** Lays the bridge that Pods are on, tells containerd about it, and takes it all away again. */
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run, succeeds } from "./command.ts";
import { stateFolder } from "./config.ts";
import { apiServiceAddress, serviceRange } from "./control-plane-flags.ts";
import { writeSysctl } from "./machine-state.ts";
import { bridge, nodeAddress, nodePodRange } from "./native-plan.ts";

/** Where containerd finds the network's description. */
export const networkFolder = join(stateFolder, "network");

/** Lays the bridge with the node's address, lets packets pass it, and writes the network's description. */
export async function layNetwork(): Promise<void> {
  if (!(await hasBridge())) await run("ip", ["link", "add", bridge, "type", "bridge"]);
  await run("ip", ["address", "replace", `${nodeAddress}/24`, "dev", bridge]);
  await run("ip", ["link", "set", bridge, "up"]);
  // Service addresses are rewritten by iptables, so packets between Pods must pass it.
  if (!existsSync("/proc/sys/net/bridge")) await succeeds("modprobe", ["br_netfilter"]);
  await writeSysctl("net/bridge/bridge-nf-call-iptables", "1");
  await writeSysctl("net/ipv4/ip_forward", "1");
  await mkdir(networkFolder, { recursive: true });
  await writeFile(join(networkFolder, "10-openreg.conflist"), JSON.stringify(newNetwork(), null, 2));
}

const hasBridge = () => succeeds("ip", ["link", "show", bridge]);

/** The description of the network: one bridge, addresses kept below the state folder, no way out of the machine. */
export function newNetwork() {
  const ipam = {
    type: "host-local",
    dataDir: join(stateFolder, "network-addresses"),
    ranges: [[{ subnet: nodePodRange, gateway: nodeAddress }]],
    routes: [{ dst: "0.0.0.0/0" }],
  };
  const plugin = { type: "bridge", bridge, isGateway: true, ipMasq: false, hairpinMode: true, ipam };
  return { cniVersion: "0.4.0", name: "openreg", plugins: [plugin] };
}

/** Removes the bridge, the chains of kube-proxy and the kubelet, and what connection tracking remembers of Services. */
export async function removeNetwork(): Promise<void> {
  if (await hasBridge()) await run("ip", ["link", "delete", bridge]);
  for (const command of ["iptables", "ip6tables"]) {
    for (const table of ["filter", "nat", "mangle"]) await removeChains(command, table);
  }
  await succeeds("conntrack", ["-D", "--orig-dst", serviceRange]);
  await succeeds("conntrack", ["-D", "--orig-dst", apiServiceAddress]);
}

async function removeChains(command: string, table: string): Promise<void> {
  const saved = await run(`${command}-save`, ["-t", table]).catch(() => "");
  const script = newRemoval(table, saved);
  if (script) await run(`${command}-restore`, ["--noflush"], { input: script });
}

/** The iptables-restore text that deletes every KUBE- chain named in an iptables-save text, and every jump to one. Pure. */
export function newRemoval(table: string, saved: string): string {
  const lines = saved.split("\n");
  const chains = lines.flatMap((line) => /^:(KUBE-\S+) /.exec(line)?.[1] ?? []);
  if (chains.length === 0) return "";
  const jumps = lines.filter((line) => /^-A (?!KUBE-).* -j KUBE-/.test(line)).map((line) => line.replace("-A", "-D"));
  const flushes = chains.map((chain) => `:${chain} - [0:0]`);
  return [`*${table}`, ...flushes, ...jumps, ...chains.map((chain) => `-X ${chain}`), "COMMIT", ""].join("\n");
}
