/** The reference for the start of a run: a Job of the same image that does nothing, timed until its container has started. */
import { restrictedContainer, restrictedPod } from "../../test/e2e/test-namespace.ts";
import type { ApiServer, Watched } from "./api-server.ts";

interface Pod extends Watched {
  readonly status?: {
    readonly phase?: string;
    readonly containerStatuses?: readonly { readonly state: { running?: object; terminated?: object } }[];
  };
}

/** Runs one Job to its end and gives the seconds from before its creation until its container was seen to have started. */
export async function startBareJob(api: ApiServer, namespace: string, image: string): Promise<number> {
  const name = `bare-${Date.now()}`;
  const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  const pods = {
    path: `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(`job-name=${name}`)}`,
    what: `the container of Job ${name}`,
  };
  const watch = await api.watch<Pod>({ ...pods, isSo: hasStarted });
  const created = performance.now();
  await api.create(jobs, jobOf(name, image));
  const { at } = await watch.seen;
  const end = await api.watch<Pod>({ ...pods, isSo: ({ status }) => status?.phase === "Succeeded" });
  await end.seen;
  await api.remove(`${jobs}/${name}?propagationPolicy=Background`);
  return (at - created) / 1000;
}

function hasStarted({ status }: Pod): boolean {
  return status?.containerStatuses?.some(({ state }) => state.running ?? state.terminated) ?? false;
}

function jobOf(name: string, image: string): object {
  const container = {
    ...{ name: "bare", image, command: ["node", "-e", "setTimeout(() => {}, 1000)"] },
    securityContext: restrictedContainer,
  };
  const spec = {
    ...{ restartPolicy: "Never", automountServiceAccountToken: false, enableServiceLinks: false },
    ...{ securityContext: restrictedPod(10001), containers: [container] },
  };
  return { apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec: { backoffLimit: 0, template: { spec } } };
}
