/** Says how a kind becomes a CRD and a chart template, as bytes. */
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { reportRun } from "../src/v1alpha1/report-run.ts";
import { withRules } from "../src/v1alpha1/schema.ts";
import { escapeTemplate, newChartTemplate } from "./chart-template.ts";
import { type KindSource, newCustomResourceDefinition, newObjectSchema, toYaml } from "./crd.ts";

const source: KindSource = {
  kind: "Thing",
  plural: "things",
  singular: "thing",
  shortNames: ["th"],
  description: "A thing.",
  spec: z.object({ a: z.string().max(3).describe("A.") }).describe("The spec."),
  status: undefined,
  rules: [],
  columns: [],
};
const looksBack = withRules(z.object({ n: z.int().describe("N.") }), [
  { rule: "self.n > oldSelf.n", message: "grows" },
]);

test("a kind without status has no status subresource", () => {
  const [version] = newCustomResourceDefinition(source).spec.versions;
  expect(version).not.toHaveProperty("subresources");
  expect(version?.schema.openAPIV3Schema.required).toEqual(["spec"]);
});

test("a kind with status has the subresource, its names and the category openreg", () => {
  const { metadata, spec } = newCustomResourceDefinition(reportRun);
  expect(metadata.name).toBe("reportruns.openreg.dev");
  expect(spec.names).toMatchObject({ kind: "ReportRun", shortNames: ["run"], categories: ["openreg"] });
  expect(spec.versions[0]).toMatchObject({ name: "v1alpha1", subresources: { status: {} } });
});

test("a status whose rules look back is refused where the status can be removed", () => {
  const status = looksBack.describe("The status.");
  expect(() => newObjectSchema({ ...source, status })).toThrow("Thing.status: a rule with oldSelf is bypassed");
  const rules = [{ rule: "!has(oldSelf.status) || has(self.status)", message: "stays" }];
  expect(() => newObjectSchema({ ...source, status, rules })).not.toThrow();
});

test("the same kind gives the same bytes", () => {
  expect(toYaml(newCustomResourceDefinition(reportRun))).toBe(toYaml(newCustomResourceDefinition(reportRun)));
});

test.each(["yes", "Off", "null", "1.10", "2026-04-01", "12:30", "a: b", "{{ x }}", "true"])(
  "the text %s stays a text for YAML 1.1 and 1.2",
  (text) => {
    const yaml = toYaml({ text });
    expect(parse(yaml, { version: "1.1" })).toEqual({ text });
    expect(parse(yaml, { version: "1.2" })).toEqual({ text });
  },
);

test("a chart template is guarded, kept by Helm, and prints braces as they are", () => {
  const template = newChartTemplate(newCustomResourceDefinition({ ...source, description: "Writes {{ x }}." }));
  expect(template).toMatch(/^\{\{- if \.Values\.crds\.install \}\}\napiVersion: apiextensions/);
  expect(template).toMatch(/\n\{\{- end \}\}\n$/);
  expect(template).toContain("helm.sh/resource-policy: keep");
  expect(template).toContain('Writes {{ "{{" }} x }}.');
  expect(escapeTemplate("a {b} c")).toBe("a {b} c");
});
