/** Starts kwok beside a bare control plane: Nodes and Pods by the thousand that exist at the API server only. */
import { join } from "node:path";
import { ensureBinaries } from "./build-binaries.ts";
import { startDaemon, stopDaemon } from "./daemon.ts";
import type { Progress } from "./progress.ts";

/** What a Pod is annotated with to make it succeed; the value becomes its termination message. */
export const exitAnnotation = "test.openreg.dev/exit";

/** Where the control plane is. */
export interface KwokOptions {
  /** Its folder; logs and process ids go there. */
  readonly folder: string;
  readonly kubeconfig: string;
  readonly progress: Progress;
}

/** Starts it; it looks after every Node that is created. Ends with the calling program at the latest. */
export async function startKwok({ folder, kubeconfig, progress }: KwokOptions): Promise<{ stop(): Promise<void> }> {
  const { kwok } = await ensureBinaries(["kwok"], progress);
  const stages = join(import.meta.dirname, "kwok-stages.yaml");
  const args = [`--kubeconfig=${kubeconfig}`, `--config=${stages}`, "--manage-all-nodes", "--server-address="];
  await startDaemon({ folder, name: "kwok", program: kwok, args, endsWithUs: true });
  return { stop: () => stopDaemon(folder, "kwok") };
}

/** A Node that takes any number of Pods. */
export function newKwokNode(name: string): object {
  return { apiVersion: "v1", kind: "Node", metadata: { name, labels: { type: "kwok" } } };
}
