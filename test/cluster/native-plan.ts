/** Where the native cluster's parts live and listen; the parts agree by this file. */
import { join } from "node:path";
import { runFolder, stateFolder } from "./config.ts";
import type { ControlPlanePlan } from "./control-plane-flags.ts";

/** The kubeconfig context of the native cluster. */
export const nativeContext = "openreg-native";
/** The node's name. */
export const nodeName = "openreg";
/** The bridge that the node and its Pods share. */
export const bridge = "openreg0";
/** The node's address: the bridge's, so that nothing depends on the machine's network, or is seen from it. */
export const nodeAddress = "10.244.0.1";
/** The Pods of the node. */
export const nodePodRange = "10.244.0.0/24";
/** The Service address of the cluster's DNS. */
export const dnsAddress = "10.96.0.10";
/** Where containerd listens. */
export const containerdSocket = join(runFolder, "containerd.sock");
/** The store of the `local` volumes. */
export const volumesFolder = join(stateFolder, "volumes");

/** The control plane of the native cluster. */
export const nativePlan: ControlPlanePlan = {
  folder: stateFolder,
  address: nodeAddress,
  port: 6443,
  etcdPort: 22379,
  etcdPeerPort: 22380,
  hasNode: true,
};
