/** Owns the definition of the Report `txn` with the outputs that a measure asks for, on a database that is running. */
import { join } from "node:path";
import { type Manifest, readManifests } from "../../../cli/src/manifests.ts";
import { type DatabaseAddress, onAddress } from "../../../test/fixtures/daily-trades.ts";

/** The outputs by name; `txn` writes them in this order. */
export const txnOutputs = ["csv", "xlsx", "xml"] as const;

/** One of them. */
export type TxnOutput = (typeof txnOutputs)[number];

/** Gives what a local run needs: Report, store, Connector and Secret. */
export async function txnManifests(
  address: DatabaseAddress,
  outputs: readonly TxnOutput[],
): Promise<readonly Manifest[]> {
  const manifests = await readManifests([join(import.meta.dirname, "report.yaml")]);
  return onAddress(
    manifests.map((one) => (one.kind === "Report" ? withOutputs(one, outputs) : one)),
    address,
  );
}

function withOutputs(report: Manifest, wanted: readonly TxnOutput[]): Manifest {
  const spec = report.spec as { readonly outputs: readonly { readonly name: TxnOutput }[] };
  return { ...report, spec: { ...spec, outputs: spec.outputs.filter(({ name }) => wanted.includes(name)) } };
}
