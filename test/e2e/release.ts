/** Runs helm against the shared cluster, for stories about installing, changing and removing OpenReg. */
import { join } from "node:path";
import { inject } from "vitest";
import { run } from "../cluster/command.ts";
import { systemNamespace } from "../cluster/install-openreg.ts";

/** Name of the installed release. */
export const release = "openreg";

/** The chart in this checkout. */
export const chart = join(import.meta.dirname, "../../charts/openreg");

/** Runs helm in the namespace of the release and gives what it prints; `input` is its standard input. */
export function helm(args: readonly string[], input?: string): Promise<string> {
  const { cluster } = inject("shared");
  const access = [
    "--kubeconfig",
    cluster.kubeconfig,
    "--kube-context",
    cluster.context,
    "--namespace",
    systemNamespace,
  ];
  return run(cluster.helm, [...args, ...access], input === undefined ? {} : { input });
}
