/** A Pod whose object is deleted while its process lives on: its token is refused, and it ends by itself. */
import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { podPaths } from "@openreg/crds";
import { loadClusterAccess } from "../../operator/src/controller/cluster-access.ts";
import { pods } from "../../operator/src/resources.ts";
import { until } from "../cluster/until.ts";
import type { RunnerPod } from "./kubelet.ts";
import { judge } from "./oracles.ts";
import { fencedWords, onStage, pausedRunner, type Scenario, within } from "./scenarios.ts";
import { runName } from "./scene.ts";
import type { World } from "./world.ts";

/**
 * The Pod of the first attempt is deleted with half a file at the receiver, on a node that nobody reaches; when its token is refused
 * for certain it goes on. It ends with 12 within a minute, and touches nothing meanwhile.
 */
export const deletedWhileAlive: Scenario = (world, calm, place) =>
  onStage(world, place, { failpoint, killsDeleted: false }, async ({ scene, operatorLog }) => {
    const zombie = await pausedRunner(scene, 1);
    const token = await tokenOf(zombie);
    await world.cluster.client.delete(pods, { namespace: scene.namespace, name: zombie.name }, { uid: zombie.uid });
    await until({ what: "the token of the deleted Pod is refused", seconds: 45, everyMs: 500 }, async () =>
      isRefused(world, token),
    );
    const owner = await pausedRunner(scene, 2);
    const seenBefore = scene.prepared.seen.length;
    zombie.child.kill("SIGCONT");
    const end = await within(zombie.ended, 60_000);
    const touched = scene.prepared.seen.slice(seenBefore);
    owner.child.kill("SIGCONT");
    await scene.settled();
    return [
      ...(end?.exitCode === 12
        ? []
        : [`the deleted Pod ended with ${end?.exitCode ?? "nothing"}: ${end?.termination}`]),
      ...fencedWords(end),
      ...(touched.length === 0 ? [] : [`without a token it touched ${touched} at the receiver`]),
      ...(await judge(world, scene, calm, { attempts: 2, operatorLog: await operatorLog() })),
    ];
  });

const failpoint = `pause:upload.after@${runName}-1,pause:upload.after@${runName}-2`;

/** The token that this very process uses: the API server remembers each for some seconds. */
async function tokenOf({ child }: RunnerPod): Promise<string> {
  const environment = await readFile(`/proc/${child.pid}/environ`, "utf8");
  const root = /OPENREG_TEST_ROOT=([^\0]+)/.exec(environment)?.[1] ?? "";
  return readFile(join(root, podPaths.identity, "token"), "utf8");
}

/** Asks as that Pod who it is. */
async function isRefused({ cluster }: World, token: string): Promise<boolean> {
  const access = loadClusterAccess(cluster.controlPlane.kubeconfig);
  const { ca } = (await access.credentials()).tls;
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
  const path = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  const headers = { authorization: `Bearer ${token.trim()}`, "content-type": "application/json" };
  const asked = request(new URL(path, access.server), { method: "POST", headers, ...(ca && { ca }) }, (answer) => {
    answer.resume();
    resolve(answer.statusCode);
  });
  asked.on("error", reject).end(JSON.stringify({ apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" }));
  return (await promise) === 401;
}
