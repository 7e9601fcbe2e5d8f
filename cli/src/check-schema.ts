/** Owns how an object is held against the schema of its kind without a cluster: types and bounds, unknown fields, names that occur twice, CEL rules. */
import type { kinds } from "@openreg/crds";
import { newObjectSchema, type StructuralNode } from "@openreg/crds/structural-schema";
import { looksBack, meetsRule } from "./cel-rules.ts";
import { kindOf, type Manifest } from "./manifests.ts";

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
  const members = problemsAt(schemaOf(kind), { metadata, ...(spec !== undefined && { spec }) }, "");
  return [...sizeProblems(manifest), ...shape, ...members];
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
      const path = pathOf(["spec", ...issue.path]);
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

function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`),
    "",
  );
}

const schemas = new Map<string, StructuralNode>();

function schemaOf(kind: Kind): StructuralNode {
  const schema = schemas.get(kind.kind) ?? newObjectSchema(kind);
  schemas.set(kind.kind, schema);
  return schema;
}

/** What the rules, lists and maps of a schema refuse; values of a wrong type are left to the shape. */
function problemsAt(node: StructuralNode, value: unknown, path: string): SchemaProblem[] {
  if (!isObject(value)) return [];
  return [...ruleProblems(node, value, path), ...childProblems(node, value, path)];
}

function ruleProblems(node: StructuralNode, value: object, path: string): SchemaProblem[] {
  const rules = (node["x-kubernetes-validations"] ?? []).filter(({ rule }) => !looksBack(rule));
  return rules.flatMap(({ rule, message, fieldPath = "" }) => {
    if (isMet(rule, value)) return [];
    const code = message.includes("not available yet") ? "Unavailable" : "Schema";
    return [{ path: `${path}${path === "" ? fieldPath.slice(1) : fieldPath}`, code, message } as const];
  });
}

function isMet(rule: string, value: object): boolean {
  try {
    return meetsRule(rule, value);
  } catch {
    return true; // something it reads is missing or of another type, which the shape says
  }
}

function childProblems(node: StructuralNode, value: Members, path: string): SchemaProblem[] {
  const { items, additionalProperties: values, properties } = node;
  if (Array.isArray(value)) {
    const each = items ? value.flatMap((item, index) => problemsAt(items, item, `${path}[${index}]`)) : [];
    return [...twice(node, value, path), ...each];
  }
  const members = Object.entries(value);
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  if (values) {
    const { maxProperties = Number.POSITIVE_INFINITY } = node;
    const tooMany = {
      path,
      code: "Schema",
      message: `has ${members.length} entries, at most ${maxProperties}`,
    } as const;
    const each = members.flatMap(([name, member]) => problemsAt(values, member, at(name)));
    return members.length > maxProperties ? [tooMany, ...each] : each;
  }
  if (!properties) return []; // an open object: metadata, or a field that is not available yet
  return members.flatMap(([name, member]) => {
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (known) return problemsAt(known, member, at(name));
    return [{ path: at(name), code: "UnknownField", message: `unknown field "${at(name)}"` } as const];
  });
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
