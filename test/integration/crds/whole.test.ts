/** Proves what concerns CRDs as a whole: they are structural, explained, listed as promised, and hold objects of full size. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type Api, committedCrds, pathOf, refusalsOf, schemaOf, startApi } from "./api.ts";
import { completeObject, completeObjects } from "./objects.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.stop());

const kinds = [...committedCrds.keys()];

test.each(kinds)("the CRD of %s is established and structural", async (kind) => {
  const name = committedCrds.get(kind)?.metadata.name;
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
  const { body } = await api.send({ method: "GET", path });
  const { conditions } = body.status as { conditions: readonly { type: string; status: string }[] };
  const holding = conditions.filter(({ status }) => status === "True").map(({ type }) => type);
  expect(holding.sort()).toEqual(["Established", "NamesAccepted"]);
});

test("kubectl get openreg lists every kind, under its short name", async () => {
  const { body } = await api.send({ method: "GET", path: "/apis/openreg.dev/v1alpha1" });
  const { resources } = body as unknown as {
    resources: readonly { kind: string; name: string; shortNames?: string[]; categories?: string[] }[];
  };
  const listed = resources.filter(({ name }) => !name.includes("/"));
  expect(listed.map(({ kind }) => kind).sort()).toEqual([...kinds].sort());
  expect(listed.map(({ categories }) => categories)).toEqual(listed.map(() => ["openreg"]));
  expect(listed.flatMap(({ shortNames }) => shortNames).sort()).toEqual([
    "con",
    "dest",
    "map",
    "rep",
    "repv",
    "rules",
    "run",
    "store",
  ]);
});

test("a run is listed with the columns that say where it is", async () => {
  const { status: _status, ...object } = completeObject("ReportRun");
  const { status } = completeObject("ReportRun");
  await api.send({ method: "POST", path: pathOf("ReportRun"), body: object });
  const contentType = "application/merge-patch+json";
  await api.send({ method: "PATCH", path: pathOf("ReportRun", "complete", "status"), body: { status }, contentType });
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
  const { body } = await api.send({ method: "GET", path: pathOf("ReportRun"), accept });
  const table = body as unknown as {
    columnDefinitions: readonly { name: string; priority: number }[];
    rows: readonly { cells: readonly unknown[] }[];
  };
  const shown = table.columnDefinitions.map(({ name, priority }, at) => [name, priority, table.rows[0]?.cells[at]]);
  expect(shown.filter(([name]) => name !== "AGE")).toEqual([
    ["Name", 0, "complete"],
    ["REPORT", 0, "trades"],
    ["STATE", 0, "Pending"],
    ["PROGRESS", 0, "100%"],
    ["ROWS", 0, 1],
    ["FINDINGS", 0, "0W 0B 0C"],
    ["BUSINESS-DATE", 0, "2026-04-01"],
    ["MODE", 0, "Test"],
    ["ARTIFACTS", 1, "1"],
    ["DELIVERED", 1, "1/1"],
    ["ATTEMPT", 1, 1],
    ["VERSION", 1, "trades-0123456789"],
  ]);
});

test("every field is explained by kubectl explain", async () => {
  const { body } = await api.send({ method: "GET", path: "/openapi/v3/apis/openreg.dev/v1alpha1" });
  const { components } = body as unknown as { components: { schemas: Record<string, Explained> } };
  for (const kind of kinds) {
    const schema = components.schemas[`dev.openreg.v1alpha1.${kind}`];
    const { spec, status } = schema?.properties ?? {};
    const parts = [...(spec ? [undescribed(spec, "spec")] : []), ...(status ? [undescribed(status, "status")] : [])];
    expect(schema?.description, kind).toBe(schemaOf(kind).description);
    expect(parts.flat(), kind).toEqual([]);
  }
});

interface Explained {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Explained>>;
  readonly items?: Explained;
}

function undescribed(node: Explained, path: string): readonly string[] {
  const members = Object.entries(node.properties ?? node.items?.properties ?? {});
  const below = members.flatMap(([name, child]) => undescribed(child, `${path}.${name}`));
  return node.description ? below : [path, ...below];
}

test("a mode that is left out is Test, and nothing else is filled in", async () => {
  const { status: _status, ...object } = completeObject("ReportRun");
  const spec = { reportRef: { name: "trades" }, businessDate: "2026-04-01" };
  const body = { ...object, metadata: { name: "short" }, spec };
  const answer = await api.send({ method: "POST", path: pathOf("ReportRun"), body });
  expect(answer.body.spec).toEqual({ ...spec, mode: "Test" });
});

test.each(completeObjects.filter(({ kind }) => kind !== "ReportRun"))(
  "a $kind comes back as it was sent, so that GitOps sees no drift",
  async ({ kind, spec }) => {
    const body = { ...completeObject(kind), metadata: { name: "drift" } };
    const answer = await api.send({ method: "POST", path: `${pathOf(kind)}?dryRun=All`, body });
    expect(answer.body.spec).toEqual(spec);
  },
);

describe("a Report of full size", () => {
  const many = <T>(count: number, make: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, at) => make(at));
  const query = "SELECT 1 ".padEnd(65536, "-");

  function fullReport() {
    const report = structuredClone(completeObject("Report")) as { spec: Record<string, unknown> };
    const columns = many(500, (at) => ({ name: `column${at}`, type: "Decimal(18,5)", required: true }));
    report.spec.inputs = [{ name: "trades", sql: { connectorRef: { name: "db" }, query }, columns }];
    report.spec.fields = many(500, (at) => ({ name: `field${at}`, value: `row.column${at} * 2` }));
    const rule = (at: number) => ({ id: `rule-${at}`, severity: "Warning", assert: `row.column${at} > 0` });
    report.spec.validation = { rules: many(300, rule) };
    const csv = { columns: many(500, (at) => ({ header: `C${at}`, value: `row.column${at}` })) };
    report.spec.outputs = many(16, (at) => ({ name: `file${at}`, fileName: `file${at}.csv`, csv }));
    const element = (at: number) => ({ at: `A/E${at}`, when: "row.column1 > 0", value: `row.column${at}` });
    const xml = { recordAt: "A/B", choices: many(8, () => ({ elements: many(500, element) })) };
    (report.spec.outputs as object[])[0] = { name: "file0", fileName: "file0.xml", xml };
    const destination = (at: number) => ({
      destinationRef: { name: `sftp-${at}` },
      outputs: many(16, (n) => `file${n}`),
    });
    report.spec.deliverTo = many(16, destination);
    report.spec.parameters = many(32, (at) => ({ name: `parameter${at}`, type: "String" }));
    return { ...report, metadata: { name: "full" } };
  }

  test("is accepted, and changed", async () => {
    const body = fullReport();
    const created = await api.send({ method: "POST", path: `${pathOf("Report")}?fieldValidation=Strict`, body });
    expect(refusalsOf(created)).toBe("");
    const change = { method: "PATCH", path: pathOf("Report", "full"), body: { spec: { owner: "x" } } } as const;
    expect(refusalsOf(await api.send({ ...change, contentType: "application/merge-patch+json" }))).toBe("");
  });

  test("is refused for one wrong rule among its 300, by its place", async () => {
    const body = fullReport();
    (body.spec.validation as { rules: object[] }).rules[299] = { id: "last", severity: "Warning" };
    const answer = await api.send({ method: "POST", path: `${pathOf("Report")}?dryRun=All`, body });
    expect(refusalsOf(answer)).toMatch(/^spec\.validation\.rules\[299\]: .*exactly one of assert, unique/);
  });
});

test("a ReportVersion holds a definition of 900,000 characters", async () => {
  const { spec } = completeObject("ReportVersion");
  const body = { ...completeObject("ReportVersion"), metadata: { name: "large" } };
  const large = { ...body, spec: { ...spec, definition: `{"a":"${"x".repeat(899_992)}"}` } };
  expect(refusalsOf(await api.send({ method: "POST", path: pathOf("ReportVersion"), body: large }))).toBe("");
});

const pages = join(import.meta.dirname, "../../../docs/spec");
const examples = readdirSync(pages).flatMap((page) =>
  [...readFileSync(join(pages, page), "utf8").matchAll(/^```yaml\n(.*?)^```$/gms)].map(
    ([, text], at) => [page, at + 1, parse(text ?? "", { version: "1.1" })] as const,
  ),
);

test("every page of the reference has an example", () => {
  expect([...new Set(examples.map(([page]) => page))].sort()).toEqual(readdirSync(pages).sort());
});

test.each(examples)("the API server accepts what %s shows as example %i", async (_page, _at, body) => {
  const path = `${pathOf(body.kind)}?dryRun=All&fieldValidation=Strict`;
  expect(refusalsOf(await api.send({ method: "POST", path, body: { ...body, status: undefined } }))).toBe("");
});
