/** Measures the check against a schema: the memory of the checker beside a run, at two numbers of rows. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest } from "../../../cli/src/manifests.ts";
import { ensurePrograms } from "../../../test/cluster/packages.ts";
import { newMeasure } from "../measure.ts";
import type { Bench, Part } from "../part.ts";
import { alternate } from "../rounds.ts";
import { count } from "../txn/count.ts";
import { rowsOf } from "./amounts.ts";
import { bundleProgram } from "./bundle-program.ts";
import { type RunSource, runTxn } from "./txn-run.ts";

const [small, large] = [50_000, 200_000];
const checker = "xmllint";

/** The checker's memory at more rows, against fewer. */
export const schemaPart: Part = {
  name: "xsd",
  section: "data-path",
  async run(bench) {
    await ensurePrograms([checker], bench.progress);
    const schema = await readFile(join(import.meta.dirname, "../txn/txn.xsd"), "utf8");
    const of = async (amount: number, text = schema) => ({
      ...{ database: await bench.database(), businessDate: await rowsOf(bench, amount), folder: bench.folder },
      ...{ program: await bundleProgram("report-process", bench.folder), outputs: ["xml"] as const },
      ...{ peaksOf: [checker], edit: (manifests: readonly Manifest[]) => withSchema(manifests, text) },
    });
    await checkThatItChecks(bench, await of(small, schema.replace('<xs:enumeration value="S"/>', "")));
    const [fewer, more] = [await of(small), await of(large)];
    const kilobytes = async (source: RunSource) => {
      const peaks = await bench.progress.step("run", () => runTxn(source, (run) => run.peaks));
      return Math.round((peaks[checker] ?? 0) / 1000);
    };
    const { reference, candidate } = await alternate({
      reference: () => kilobytes(fewer),
      candidate: () => kilobytes(more),
    });
    if (Math.min(...reference, ...candidate) === 0) throw new Error(`${checker} was not seen beside a run`);
    const measure = newMeasure({
      ...{ name: `XSD check: memory of the checker at ${count(large)} rows against ${count(small)}`, unit: "KB" },
      ...{ reference, candidate, gate: { limit: 1.15, side: "AtMost" } },
      information: "resident bytes of xmllint, sampled every 50 ms",
    });
    return { measures: [measure], facts: {} };
  },
};

/** A schema that half of the records break must end the run: else nobody reads it. */
async function checkThatItChecks({ progress }: Bench, source: RunSource): Promise<void> {
  const ended = await progress.step("a schema that the document breaks", () =>
    runTxn(source, () => "").catch((error: unknown) => String(error)),
  );
  if (!/DocumentInvalid.*element Sd/.test(ended))
    throw new Error(`a document that breaks its schema was not refused: ${ended.slice(0, 300)}`);
}

function withSchema(manifests: readonly Manifest[], text: string): readonly Manifest[] {
  const name = "txn-schema";
  const key = "txn.xsd";
  const map: Manifest = { apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { [key]: text } };
  return [...manifests.map((one) => (one.kind === "Report" ? refersTo(one, { name, key }) : one)), map];
}

function refersTo(report: Manifest, configMapKeyRef: { readonly name: string; readonly key: string }): Manifest {
  const spec = report.spec as { readonly outputs: readonly { readonly xml?: object }[] };
  const outputs = spec.outputs.map((output) =>
    output.xml ? { ...output, xml: { ...output.xml, schema: { configMapKeyRef } } } : output,
  );
  return { ...report, spec: { ...spec, outputs } };
}
