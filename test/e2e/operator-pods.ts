/** Finds the operator's Pods, and ends them in the two ways in which they end: removed in good order, or crashed. */
import { inject, vi } from "vitest";
import { systemNamespace } from "../cluster/install-openreg.ts";
import { getManifest, type Kubectl, newKubectl } from "../cluster/kubectl.ts";

const kubectl: Kubectl = (args) => newKubectl(inject("shared").cluster)(["-n", systemNamespace, ...args]);

/** Waits until a process renews the lease, and gives its Pod. */
export async function awaitLeader(): Promise<string> {
  const before = (await readLease()).renewTime;
  await vi.waitUntil(
    async () => {
      const { renewTime, holderIdentity } = await readLease();
      return renewTime !== before && holderIdentity !== "";
    },
    { timeout: 60_000, interval: 200 },
  );
  return (await readLease()).holderIdentity?.split("_")[0] ?? "";
}

interface LeaseSpec {
  readonly renewTime?: string;
  readonly holderIdentity?: string;
}

async function readLease(): Promise<LeaseSpec> {
  return ((await getManifest(kubectl, ["lease", "openreg-operator"]))?.spec ?? {}) as LeaseSpec;
}

/** Waits until there are so many Pods, all of them ready, and gives their names. */
export async function scaleOperator(replicas: number): Promise<readonly string[]> {
  await kubectl(["scale", "deployment/openreg-operator", `--replicas=${replicas}`]);
  await kubectl(["rollout", "status", "deployment/openreg-operator", "--timeout=60s"]);
  await vi.waitUntil(async () => (await operatorPods()).length === replicas, { timeout: 60_000, interval: 500 });
  return operatorPods();
}

async function operatorPods(): Promise<readonly string[]> {
  const names = await kubectl(["get", "pods", "-l", "app.kubernetes.io/component=operator", "-o", "name"]);
  return names.split("\n").flatMap((name) => (name === "" ? [] : [name.slice("pod/".length)]));
}

/** Removes a Pod without waiting: its process has about a second to give the lease up. */
export async function removePod(pod: string): Promise<void> {
  await kubectl(["delete", "pod", pod, "--grace-period=0", "--force"]);
}

/**
 * Makes a Pod's process end after some milliseconds as a crash does: in the middle of anything, with the lease still held.
 * No signal does that to process 1 from inside its container, and from outside only on a node of ours; its debugger does anywhere.
 */
export async function crashPod(pod: string, milliseconds: number): Promise<void> {
  await kubectl(["exec", pod, "--", "node", "-e", crash(milliseconds)]);
}

const crash = (milliseconds: number): string => `
  process.kill(1, "SIGUSR1"); // opens the debugger
  const deadline = Date.now() + 10_000;
  const targets = async () => {
    for (;;) {
      try {
        return await (await fetch("http://127.0.0.1:9229/json")).json();
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
  };
  targets().then(([{ webSocketDebuggerUrl }]) => {
    const socket = new WebSocket(webSocketDebuggerUrl);
    const expression = "setTimeout(() => process.reallyExit(137), ${milliseconds})";
    socket.onopen = () => socket.send(JSON.stringify({ id: 1, method: "Runtime.evaluate", params: { expression } }));
    socket.onmessage = () => process.exit(0);
  });
`;
