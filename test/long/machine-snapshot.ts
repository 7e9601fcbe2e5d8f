/** Writes down everything on a machine that a native cluster touches, to be compared before and after. */
import { readdir, readFile } from "node:fs/promises";
import { run } from "../cluster/command.ts";
import { runFolder, stateFolder } from "../cluster/config.ts";

/** Lines by what they are about; each list is sorted. */
export type MachineSnapshot = Readonly<Record<string, readonly string[]>>;

/** Takes the snapshot; what changes by itself, like counters, is left out. */
export async function takeSnapshot(): Promise<MachineSnapshot> {
  return {
    processes: (await processes()).toSorted(),
    mounts: lines(await readFile("/proc/self/mounts", "utf8")),
    "network namespaces": lines(await run("lsns", ["--noheadings", "--type", "net", "--output", "NS"])),
    "network links": lines(await run("ip", ["-brief", "link"])).map((line) => line.split(/\s+/)[0] as string),
    "routes and addresses": lines((await run("ip", ["route"])) + (await run("ip", ["-brief", "address"]))),
    "iptables rules": [...(await rules("iptables-save")), ...(await rules("ip6tables-save"))],
    cgroups: lines(await run("find", ["/sys/fs/cgroup", "-type", "d", "-name", "*kube*"])),
    "hosts file": lines(await readFile("/etc/hosts", "utf8")),
    "kernel settings": await kernelSettings(),
    folders: await folders(),
    "listening ports": await listeningPorts(),
  };
}

const lines = (text: string): readonly string[] => text.split("\n").filter(Boolean).toSorted();

/** The programs of a cluster; other programs come and go. */
async function processes(): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const words = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).replaceAll("\0", " ").trim();
    const isOfCluster = words.includes(stateFolder) || words.includes(runFolder) || /^\/(pause|coredns)\b/.test(words);
    if (isOfCluster) found.push(words);
  }
  return found;
}

/** Rules, and chains that are not built in; an empty table is no difference. */
async function rules(command: string): Promise<readonly string[]> {
  const saved = lines(await run(command, []));
  return saved.filter((line) => line.startsWith("-A") || (line.startsWith(":") && / - /.test(line)));
}

async function kernelSettings(): Promise<readonly string[]> {
  const all = lines(await run("sysctl", ["-a"]));
  return all.filter((line) => /^(net|vm|kernel)\./.test(line) && !/random|_count|ns_last_pid|pty\.nr|ifb/.test(line));
}

async function folders(): Promise<readonly string[]> {
  const parents = ["/etc", "/opt", "/run", "/usr/libexec", "/var/lib", "/var/log"];
  const children = parents.map(async (parent) => (await readdir(parent)).map((name) => `${parent}/${name}`));
  return (await Promise.all(children)).flat().toSorted();
}

async function listeningPorts(): Promise<readonly string[]> {
  const table = lines(await readFile("/proc/net/tcp", "utf8")).map((line) => line.trim().split(/\s+/));
  const fixed = [2379, 6443, 10248, 10249, 10250, 10256, 10257, 10259, 22379, 22380];
  const ports = table.filter((words) => words[3] === "0A").map((words) => Number(`0x${words[1]?.split(":")[1]}`));
  return ports.filter((port) => fixed.includes(port)).map(String);
}
