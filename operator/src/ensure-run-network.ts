/** Owns the writes of run policies: made if absent, put right if somebody changed them, and never taken from others. */
import { canonicalJson, managedLabels } from "@openreg/crds";
import { isAlreadyExists } from "./controller/api-error.ts";
import { keyOf } from "./controller/kubernetes.ts";
import type { ReconcileContext } from "./controller/reconcile-context.ts";
import type { NetworkPolicy } from "./objects.ts";
import { networkPolicies } from "./resources.ts";

/** What came of it: `Taken` when an object of the name is not ours. */
export type EnsuredNetwork = "Kept" | "Made" | "Restored" | "Taken";

/** Makes sure that the API server has the policy as it is wanted. */
export async function ensureRunNetwork(
  wanted: NetworkPolicy,
  { client }: { readonly client: Pick<ReconcileContext["client"], "find" | "create" | "apply" | "mergePatch"> },
): Promise<EnsuredNetwork> {
  const existing = await client.find<NetworkPolicy>(networkPolicies, keyOf(wanted));
  if (!existing) {
    try {
      await client.create(networkPolicies, wanted);
      return "Made";
    } catch (error) {
      if (isAlreadyExists(error))
        throw new Error(`NetworkPolicy '${wanted.metadata.name}' was made by another at once`, { cause: error });
      throw error;
    }
  }
  if (!isOurPolicy(existing)) return "Taken";
  if (canonicalJson(existing.spec) === canonicalJson(wanted.spec)) return "Kept";
  await removeOthers(await client.apply(networkPolicies, wanted), wanted, client);
  return "Restored";
}

/** An apply keeps fields that only another manager owns, such as a way in: they are removed by name, from the very object that was seen. */
async function removeOthers(
  applied: NetworkPolicy,
  wanted: NetworkPolicy,
  client: Pick<ReconcileContext["client"], "mergePatch">,
): Promise<void> {
  const others = Object.keys(applied.spec ?? {}).filter((name) => !(name in (wanted.spec ?? {})));
  if (others.length === 0) return;
  const { resourceVersion } = applied.metadata;
  const spec = Object.fromEntries(others.map((name) => [name, null]));
  await client.mergePatch(networkPolicies, keyOf(wanted), { metadata: { resourceVersion }, spec });
}

/** Whether a policy carries the label that only the operator may set. */
export function isOurPolicy({ metadata }: NetworkPolicy): boolean {
  const managedBy = "app.kubernetes.io/managed-by";
  return metadata.labels?.[managedBy] === managedLabels[managedBy];
}
