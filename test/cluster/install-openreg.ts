/** Builds our image and installs our chart: what a person does once, as the demo and the end-to-end tests need it. */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Cluster } from "./cluster.ts";
import { run } from "./command.ts";
import { ensureNamespace, newKubectl } from "./kubectl.ts";
import type { Progress } from "./progress.ts";

const root = join(import.meta.dirname, "../..");

/** The namespace of the operator. */
export const systemNamespace = "openreg-system";

/** What to install. */
export type Installation = {
  /** Namespaces in which runs happen; made when missing, with Pod Security restricted. */
  readonly tenants: readonly string[];
  /** Further values of the chart. */
  readonly values?: Readonly<Record<string, unknown>>;
  readonly progress: Progress;
};

/** Builds the image from the checkout, brings it into the cluster and installs the chart, or upgrades what is installed. Gives the image's reference. */
export async function installOpenReg(
  cluster: Cluster,
  { tenants, values = {}, progress }: Installation,
): Promise<string> {
  const reference = await ensureImage(cluster, progress);
  const kubectl = newKubectl(cluster);
  for (const tenant of tenants) await ensureNamespace(kubectl, tenant);
  const colon = reference.lastIndexOf(":");
  const image = { repository: reference.slice(0, colon), tag: reference.slice(colon + 1) };
  const all = { image, tenants: tenants.map((namespace) => ({ namespace })), ...values };
  await progress.step("installing the chart", () => installChart(cluster, all));
  return reference;
}

/** Bundles, builds and loads the image; its tag is the hash of what is in it, so an unchanged image is not built again. */
async function ensureImage(cluster: Cluster, progress: Progress): Promise<string> {
  await progress.step("bundling operator and runner", () =>
    run(process.execPath, ["scripts/bundle.ts"], { cwd: root }),
  );
  const tag = `localhost/openreg:${await contentHash()}`;
  await cluster.buildImage({ dockerfile: join(root, "Dockerfile"), context: root, tag });
  return cluster.loadImage(tag);
}

async function contentHash(): Promise<string> {
  const hash = createHash("sha256");
  const names = (await readdir(join(root, "dist"))).filter((name) => !name.endsWith(".map")).sort();
  for (const name of ["Dockerfile", ...names.map((one) => join("dist", one))])
    hash.update(name).update(await readFile(join(root, name)));
  return hash.digest("hex").slice(0, 12);
}

async function installChart(cluster: Cluster, values: object): Promise<void> {
  const place = ["--kubeconfig", cluster.kubeconfig, "--kube-context", cluster.context, "--namespace", systemNamespace];
  const args = [
    "upgrade",
    "--install",
    "openreg",
    join(root, "charts/openreg"),
    "--create-namespace",
    "--wait",
    "--timeout",
    "240s",
  ];
  const next = `Look at the Pods: kubectl -n ${systemNamespace} get pods,events`;
  await run(cluster.helm, [...args, ...place, "--values", "-"], { input: JSON.stringify(values), next });
}
