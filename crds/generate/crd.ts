/** Owns how a kind becomes a CustomResourceDefinition, as an object and as YAML. */
import { stringify } from "yaml";
import type { z } from "zod";
import { group, version } from "../src/names.ts";
import type { CelRule } from "../src/v1alpha1/schema.ts";
import type { StructuralNode } from "./schema-node.ts";
import { newStructuralSchema } from "./structural-schema.ts";

/** What a kind file says about its kind. */
export interface KindSource {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly description: string;
  readonly spec: z.ZodType;
  readonly status: z.ZodType | undefined;
  readonly rules: readonly CelRule[];
  readonly columns: readonly PrinterColumn[];
}

interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly description: string;
  readonly priority?: number;
}

/** The rule that keeps a status once it is there; without it, rules that look back are refused in a status. */
const statusKept = "!has(oldSelf.status) || has(self.status)";

/** The schema of a whole object of a kind. Throws GeneratorError, with the path, for what a CRD cannot say. */
export function newObjectSchema(source: KindSource): StructuralNode {
  const { kind, spec, status, rules, description } = source;
  const isStatusRemovable = !rules.some(({ rule }) => rule === statusKept);
  return {
    description,
    type: "object",
    ...(rules.length > 0 && { "x-kubernetes-validations": rules }),
    required: ["spec"],
    properties: {
      apiVersion: { description: "The version of this form of the object.", type: "string" },
      kind: { description: "The kind of the object.", type: "string" },
      metadata: { type: "object" },
      spec: newStructuralSchema(spec, { kind, path: `${kind}.spec`, isRemovable: false }),
      ...(status && {
        status: newStructuralSchema(status, { kind, path: `${kind}.status`, isRemovable: isStatusRemovable }),
      }),
    },
  };
}

/** The CustomResourceDefinition of a kind. Throws GeneratorError as newObjectSchema does. */
export function newCustomResourceDefinition(source: KindSource) {
  const { kind, plural, singular, shortNames, columns } = source;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}`, labels: { "app.kubernetes.io/part-of": "openreg" } },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames, categories: ["openreg"] },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          ...(source.status && { subresources: { status: {} } }),
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: newObjectSchema(source) },
        },
      ],
    },
  };
}

/** Writes an object as YAML that YAML 1.1 (kubectl, Helm) and YAML 1.2 read alike; equal objects give equal bytes. */
export function toYaml(value: unknown): string {
  return stringify(value, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false });
}
