/** Owns how an object is held against the schema of its kind without a cluster: types and bounds, unknown fields, names that occur twice, CEL rules. */
import type { kinds } from "@openreg/crds";
import { newObjectSchema, type StructuralNode } from "@openreg/crds/structural-schema";
import { looksBack, meetsRule } from "./cel-rules.ts";
import { kindOf } from "./kind-of.ts";
import type { Manifest } from "./manifests.ts";
import { fieldPath } from "./yaml-place.ts";

/** What is wrong with an object by its schema; `path` leads to the field. */
export interface SchemaProblem {
  readonly path: string;
  readonly code: "Schema" | "TooLarge" | "Unavailable" | "UnknownField";
  readonly message: string;
}

type Kind = (typeof kinds)[number];

/** `kubectl apply` keeps the whole object in an annotation, and this is how much annotations may hold. */
const largestObject = 262_144;

/** Lists what the API server, or kubectl before it, would refuse. Objects of other groups pass. */
export function schemaProblems(manifest: Manifest): readonly SchemaProblem[] {
  const kind = kindOf(manifest);
  if (!kind) return unknownKind(manifest);
  const shape = shapeProblems(kind, manifest);
  const { spec, metadata } = manifest;
  const root = { schema: schemaOf(kind), value: { metadata, ...(spec !== undefined && { spec }) }, path: "" };
  return [...sizeProblems(manifest), ...shape, ...problemsAt(root, shape.length === 0)];
}

function unknownKind({ apiVersion = "", kind }: Manifest): readonly SchemaProblem[] {
  if (!apiVersion.startsWith("openreg.dev/")) return [];
  return [{ path: "kind", code: "Schema", message: `there is no kind '${kind}' in ${apiVersion}` }];
}

function sizeProblems(manifest: Manifest): SchemaProblem[] {
  const bytes = Buffer.byteLength(JSON.stringify(manifest));
  if (bytes <= largestObject) return [];
  const message = `the object has ${bytes} bytes as JSON, and kubectl apply takes at most ${largestObject}: keep tables in ConfigMaps, use RuleSets, or apply with --server-side`;
  return [{ path: "metadata.name", code: "TooLarge", message }];
}

function shapeProblems(kind: Kind, { metadata, spec }: Manifest): SchemaProblem[] {
  const result = kind.spec.safeParse(spec);
  const nameless = typeof metadata.name === "string" ? [] : [missing("metadata.name")];
  if (result.success) return nameless;
  // The bounds of a map's keys are a CEL rule too, with better words.
  const issues = result.error.issues.filter(({ code }) => code !== "invalid_key");
  return [
    ...nameless,
    ...issues.map((issue) => {
      const path = fieldPath(["spec", ...issue.path]);
      if (issue.code === "invalid_type" && valueAt(spec, issue.path) === undefined) return missing(path);
      return { path, code: "Schema", message: issue.message } as const;
    }),
  ];
}

function missing(path: string): SchemaProblem {
  return { path, code: "Schema", message: "is required and missing" };
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined), value);
}

const schemas = new Map<string, StructuralNode>();

function schemaOf(kind: Kind): StructuralNode {
  const schema = schemas.get(kind.kind) ?? newObjectSchema(kind);
  schemas.set(kind.kind, schema);
  return schema;
}

/** A value, the schema that it must meet, and the path to it. */
interface At {
  readonly schema: StructuralNode;
  readonly value: unknown;
  readonly path: string;
}

/** What the rules, lists and maps of a schema refuse; values of a wrong type are left to the shape. */
function problemsAt(at: At, isShapeRight: boolean): SchemaProblem[] {
  const { value } = at;
  if (!isObject(value)) return [];
  const children = childrenOf(at, value).flatMap((child) => problemsAt(child, isShapeRight));
  return [...ruleProblems(at, isShapeRight), ...memberProblems(at, value), ...children];
}

function ruleProblems({ schema, value, path }: At, isShapeRight: boolean): SchemaProblem[] {
  const rules = (schema["x-kubernetes-validations"] ?? []).filter(({ rule }) => !looksBack(rule));
  return rules.flatMap(({ rule, message, fieldPath: below = "" }) => {
    if (isMet(rule, value, isShapeRight)) return [];
    const code = message.includes("not available yet") ? "Unavailable" : "Schema";
    return [{ path: path === "" ? "metadata.name" : `${path}${below}`, code, message } as const];
  });
}

function isMet(rule: string, value: unknown, isShapeRight: boolean): boolean {
  try {
    return meetsRule(rule, value);
  } catch (error) {
    if (isShapeRight) throw error;
    return true; // something it reads is missing or of another type, which the shape says
  }
}

function childrenOf({ schema, path }: At, value: Members): At[] {
  const { items, additionalProperties, properties } = schema;
  if (Array.isArray(value))
    return items ? value.map((item, index) => ({ schema: items, value: item, path: `${path}[${index}]` })) : [];
  return Object.entries(value).flatMap(([name, member]) => {
    const child = additionalProperties ?? memberOf(properties, name);
    return child ? [{ schema: child, value: member, path: joined(path, name) }] : [];
  });
}

function memberProblems(at: At, value: Members): SchemaProblem[] {
  const { schema, path } = at;
  if (Array.isArray(value)) return twice(schema, value, path);
  const names = Object.keys(value);
  const { maxProperties = Number.POSITIVE_INFINITY, properties } = schema;
  const message = `has ${names.length} entries, at most ${maxProperties}`;
  const tooMany = names.length > maxProperties ? [{ path, code: "Schema", message } as const] : [];
  if (!properties) return tooMany; // a map, or an open object: metadata, or a field that is not available yet
  const unknown = names.filter((name) => !memberOf(properties, name)).map((name) => joined(path, name));
  return unknown.map((one) => ({ path: one, code: "UnknownField", message: `unknown field "${one}"` }) as const);
}

function memberOf(properties: StructuralNode["properties"], name: string): StructuralNode | undefined {
  return properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

function joined(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function twice(node: StructuralNode, items: readonly unknown[], path: string): SchemaProblem[] {
  const keys = node["x-kubernetes-list-map-keys"];
  if (!keys) return [];
  const identity = (item: unknown) => JSON.stringify(keys.map((key) => (isObject(item) ? item[key] : undefined)));
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const id = identity(item);
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    const [key = ""] = keys;
    const name = isObject(item) ? String(item[key]) : "";
    return [{ path: `${path}[${index}].${key}`, code: "Schema", message: `'${name}' occurs twice` } as const];
  });
}

type Members = Readonly<Record<PropertyKey, unknown>>;

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null;
}
