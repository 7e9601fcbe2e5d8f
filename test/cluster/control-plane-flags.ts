/** The command lines of etcd, kube-apiserver, kube-controller-manager and kube-scheduler. Pure. */

/** Where a control plane keeps its files and listens. */
export type ControlPlanePlan = {
  readonly folder: string;
  /** The address kube-apiserver listens on. */
  readonly address: string;
  readonly port: number;
  readonly etcdPort: number;
  readonly etcdPeerPort: number;
  /** With a node: Pods get addresses, the Service `kubernetes` leads to `address`. */
  readonly hasNode: boolean;
};

/** The range of Service addresses; the API server's is the first. */
export const serviceRange = "10.96.0.0/16";
/** The address of the Service `kubernetes`. */
export const apiServiceAddress = "10.96.0.1";
/** The range of Pod addresses. */
export const podRange = "10.244.0.0/16";

/** The API server's address as clients write it. */
export const urlOf = ({ address, port }: ControlPlanePlan) => `https://${address}:${port}`;

/** Flags of etcd: on loopback, without waiting for the disk. */
export function etcdFlags({ folder, etcdPort, etcdPeerPort }: ControlPlanePlan): readonly string[] {
  const client = `http://127.0.0.1:${etcdPort}`;
  const peer = `http://127.0.0.1:${etcdPeerPort}`;
  return [
    ...["--name=openreg", `--data-dir=${folder}/etcd`, "--unsafe-no-fsync", "--logger=zap", "--log-level=warn"],
    ...[`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`],
    ...[`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=openreg=${peer}`],
  ];
}

/** Flags of kube-apiserver: default admission, RBAC and Node authorization, tokens signed for `kubernetes.default`. */
export function apiServerFlags(plan: ControlPlanePlan): readonly string[] {
  const file = (name: string) => `${plan.folder}/certificates/${name}`;
  return [
    ...[`--etcd-servers=http://127.0.0.1:${plan.etcdPort}`, `--service-cluster-ip-range=${serviceRange}`],
    ...[`--bind-address=${plan.address}`, `--advertise-address=${plan.address}`, `--secure-port=${plan.port}`],
    ...["--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction", "--allow-privileged=true"],
    ...[`--client-ca-file=${file("ca.crt")}`, `--tls-cert-file=${file("api-server.crt")}`],
    `--tls-private-key-file=${file("api-server.key")}`,
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${file("service-account.pub")}`,
    `--service-account-signing-key-file=${file("service-account.key")}`,
    ...(plan.hasNode
      ? [
          `--kubelet-certificate-authority=${file("ca.crt")}`,
          `--kubelet-client-certificate=${file("client-openreg-admin.crt")}`,
          `--kubelet-client-key=${file("client-openreg-admin.key")}`,
          "--kubelet-preferred-address-types=InternalIP",
        ]
      : ["--endpoint-reconciler-type=none"]),
  ];
}

/** Flags of kube-controller-manager; with the limits that let it create thousands of Jobs a minute. */
export function controllerManagerFlags({ folder, hasNode }: ControlPlanePlan): readonly string[] {
  return [
    ...[`--kubeconfig=${folder}/controller-manager.kubeconfig`, "--use-service-account-credentials"],
    ...["--leader-elect=false", "--bind-address=127.0.0.1", `--secure-port=${hasNode ? 10257 : 0}`],
    `--root-ca-file=${folder}/certificates/ca.crt`,
    `--service-account-private-key-file=${folder}/certificates/service-account.key`,
    ...["--kube-api-qps=500", "--kube-api-burst=1000", "--concurrent-job-syncs=20"],
    ...(hasNode
      ? ["--allocate-node-cidrs", `--cluster-cidr=${podRange}`, `--service-cluster-ip-range=${serviceRange}`]
      : []),
  ];
}

/** Flags of kube-scheduler. */
export function schedulerFlags({ folder, hasNode }: ControlPlanePlan): readonly string[] {
  return [
    ...[`--kubeconfig=${folder}/scheduler.kubeconfig`, "--leader-elect=false", "--bind-address=127.0.0.1"],
    ...[`--secure-port=${hasNode ? 10259 : 0}`, "--kube-api-qps=500", "--kube-api-burst=1000"],
  ];
}
