/** Takes a copy of what etcd holds, and puts it back later: the whole control plane stands still meanwhile, as in a restore from a backup. */
import { cp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { recordedPid, startDaemon, stopDaemon } from "../cluster/daemon.ts";
import { until } from "../cluster/until.ts";
import type { FaultCluster } from "./fault-cluster.ts";

const names = ["kube-controller-manager", "kube-apiserver", "etcd"] as const;

/** Copies etcd's folder; the control plane is as before when this returns. Answers how to put the copy back. */
export async function takeBackup(cluster: FaultCluster): Promise<() => Promise<void>> {
  const { folder } = cluster;
  const [data, backup] = [join(folder, "etcd"), join(folder, "etcd-backup")];
  await whileStopped(cluster, () => cp(data, backup, { recursive: true }));
  return () =>
    whileStopped(cluster, async () => {
      await rm(data, { recursive: true });
      await cp(backup, data, { recursive: true });
    });
}

async function whileStopped(cluster: FaultCluster, act: () => Promise<void>): Promise<void> {
  const { folder } = cluster;
  const commands = await Promise.all(names.map((name) => commandOf(folder, name)));
  for (const name of names) await stopDaemon(folder, name);
  await act();
  for (const [index, name] of [...names.entries()].toReversed()) {
    const [program = "", ...args] = commands[index] ?? [];
    await startDaemon({ folder, name, program, args, endsWithUs: true });
    if (name === "kube-apiserver") await untilServed(cluster);
  }
}

async function commandOf(folder: string, name: string): Promise<readonly string[]> {
  const text = await readFile(`/proc/${recordedPid(folder, name)}/cmdline`, "utf8");
  return text.split("\0").filter((word) => word !== "");
}

async function untilServed({ client }: FaultCluster): Promise<void> {
  const runs = { group: "openreg.dev", version: "v1alpha1", kind: "Report", plural: "reports", namespaced: true };
  await until({ what: "the API server answers again", seconds: 90 }, () =>
    client.list(runs, { namespace: "default" }).then(
      () => true,
      () => false,
    ),
  );
}
