/** Runs the kubelet and kube-proxy of the one node. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { issueCertificate } from "./certificates.ts";
import { stateFolder } from "./config.ts";
import { podRange, urlOf } from "./control-plane-flags.ts";
import { startDaemon } from "./daemon.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { containerdSocket, dnsAddress, nativeContext, nativePlan, nodeAddress, nodeName } from "./native-plan.ts";

const certificates = join(stateFolder, "certificates");
const kubeconfigOf = (name: string) => join(stateFolder, `${name}.kubeconfig`);

/** Starts the kubelet under its node's name. */
export async function startKubelet(program: string): Promise<void> {
  await issueCertificate(certificates, { name: "kubelet", commonName: nodeName, hosts: [nodeName, nodeAddress] });
  await writeUser("kubelet", `system:node:${nodeName}`, "system:nodes");
  const config = join(stateFolder, "kubelet.json");
  await writeFile(join(stateFolder, "resolv.conf"), "");
  await writeFile(config, JSON.stringify(newKubeletConfig(), null, 2));
  await mkdir(join(stateFolder, "kubelet"), { recursive: true });
  const args = [
    ...[`--config=${config}`, `--kubeconfig=${kubeconfigOf("kubelet")}`, `--root-dir=${stateFolder}/kubelet`],
    ...[`--cert-dir=${certificates}`, `--hostname-override=${nodeName}`, `--node-ip=${nodeAddress}`],
  ];
  await startDaemon({ folder: stateFolder, name: "kubelet", program, args });
}

/** The kubelet's configuration: cgroup v1 and swap are fine, images loaded by hand are never collected. */
export function newKubeletConfig() {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: nodeAddress,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(certificates, "ca.crt") },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: join(certificates, "kubelet.crt"),
    tlsPrivateKeyFile: join(certificates, "kubelet.key"),
    containerRuntimeEndpoint: `unix://${containerdSocket}`,
    cgroupDriver: "cgroupfs",
    failCgroupV1: false,
    failSwapOn: false,
    oomScoreAdj: 0,
    clusterDNS: [dnsAddress],
    clusterDomain: "cluster.local",
    resolvConf: join(stateFolder, "resolv.conf"),
    podLogsDir: join(stateFolder, "pod-logs"),
    volumePluginDir: join(stateFolder, "volume-plugins"),
    evictionHard: { "memory.available": "100Mi", "nodefs.available": "1Gi", "imagefs.available": "1Gi" },
    imageGCHighThresholdPercent: 100,
    maxPods: 200,
  };
}

/** Starts kube-proxy, which turns Services into iptables rules. */
export async function startKubeProxy(program: string): Promise<void> {
  await writeUser("kube-proxy", "system:kube-proxy");
  const config = join(stateFolder, "kube-proxy.json");
  await writeFile(config, JSON.stringify(newKubeProxyConfig(), null, 2));
  const args = [`--config=${config}`, `--hostname-override=${nodeName}`];
  await startDaemon({ folder: stateFolder, name: "kube-proxy", program, args });
}

/** kube-proxy's configuration; zeros leave the machine's connection tracking as it is. */
export function newKubeProxyConfig() {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "iptables",
    clusterCIDR: podRange,
    clientConnection: { kubeconfig: kubeconfigOf("kube-proxy") },
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    iptables: { localhostNodePorts: false, minSyncPeriod: "0.1s" },
    nodePortAddresses: [`${nodeAddress}/32`],
    healthzBindAddress: "127.0.0.1:10256",
    metricsBindAddress: "127.0.0.1:10249",
    oomScoreAdj: 0,
  };
}

async function writeUser(file: string, user: string, organization?: string): Promise<void> {
  const common = { certificates, url: urlOf(nativePlan), context: nativeContext, path: kubeconfigOf(file) };
  await writeKubeconfig({ ...common, user, ...(organization ? { organization } : {}) });
}
