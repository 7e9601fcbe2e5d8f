/** Owns the way from a zod schema to the structural schema of a CRD: what a CRD can say is kept, everything else is refused. */
import { z } from "zod";
import { GeneratorError } from "./generator-error.ts";
import { ruleOfKeys, ruleOfMark } from "./marks.ts";
import { refuseUndescribed, refuseUnsayable } from "./refusals.ts";
import { boundNames, type JsonNode, type KeyBounds, type StructuralNode, type Validation } from "./schema-node.ts";
import { refuseVanishing } from "./vanishing.ts";

/** Where a node stands. */
interface Place {
  readonly kind: string;
  /** The path for messages, e.g. `Report.spec.inputs[].name`. */
  readonly path: string;
  /** Whether an update can remove the node, and bring it back without its past. */
  readonly isRemovable: boolean;
}

/**
 * Turns the zod schema of a kind's `spec` or `status` into a structural schema.
 * Throws GeneratorError, with the path, at the first thing a CRD cannot say.
 */
export function newStructuralSchema(schema: z.ZodType, place: Place): StructuralNode {
  refuseVanishing(schema, place.path);
  const json = jsonSchemaOf(schema);
  refuseUndescribed(json, place.path);
  return structural(json, place);
}

function jsonSchemaOf(schema: z.ZodType): JsonNode {
  return z.toJSONSchema(schema, {
    target: "openapi-3.0",
    io: "input",
    reused: "inline",
    override: ({ zodSchema, jsonSchema }) => {
      // OpenAPI 3.0 has no word for the keys of a map, so zod drops their bounds.
      if (zodSchema._zod.def.type === "record") {
        jsonSchema["x-openreg-keys"] = keyBounds(zodSchema._zod.def.keyType as z.ZodType);
      }
    },
  }) as JsonNode;
}

function keyBounds(keys: z.ZodType): KeyBounds {
  const { minLength, maxLength, pattern } = z.toJSONSchema(keys, { target: "openapi-3.0", io: "input" }) as JsonNode;
  return {
    ...(minLength === undefined ? {} : { minLength }),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(pattern === undefined ? {} : { pattern }),
  };
}

function structural(node: JsonNode, place: Place): StructuralNode {
  refuseUnsayable(node, place.path);
  const rules = rulesOf(node, place);
  const listType = node["x-kubernetes-list-type"];
  const listKeys = node["x-kubernetes-list-map-keys"];
  return {
    ...(node.description && { description: node.description }),
    type: node.type as string,
    ...Object.fromEntries(boundNames.filter((name) => node[name] !== undefined).map((name) => [name, node[name]])),
    ...(listType && { "x-kubernetes-list-type": listType }),
    ...(listKeys && { "x-kubernetes-list-map-keys": listKeys }),
    ...(node["x-kubernetes-map-type"] && { "x-kubernetes-map-type": node["x-kubernetes-map-type"] }),
    ...(node["x-kubernetes-preserve-unknown-fields"] && { "x-kubernetes-preserve-unknown-fields": true }),
    ...(rules.length > 0 && { "x-kubernetes-validations": rules }),
    ...(node.required?.length && { required: node.required }),
    ...childrenOf(node, place),
  };
}

function childrenOf(node: JsonNode, place: Place): Partial<StructuralNode> {
  const { path } = place;
  if (node["x-kubernetes-preserve-unknown-fields"]) return {};
  if (node.items) return { items: structural(node.items, { ...place, path: `${path}[]`, isRemovable: true }) };
  if (typeof node.additionalProperties === "object") {
    const values = structural(node.additionalProperties, { ...place, path: `${path}{}`, isRemovable: true });
    return { additionalProperties: values };
  }
  if (!node.properties) return {};
  return { properties: Object.fromEntries(Object.entries(node.properties).map((entry) => field(entry, node, place))) };
}

function field([name, node]: [string, JsonNode], parent: JsonNode, place: Place): [string, StructuralNode] {
  const path = `${place.path}.${name}`;
  const mark = node["x-openreg-mark"];
  refuseUndescribed(node, path);
  refuseBypass(mark, path, place);
  // What never changes as a whole cannot be removed either; setOnce holds from the first time on, and so does its past.
  const isKept = mark === "immutable" || mark === "setOnce" || (parent.required?.includes(name) ?? false);
  return [name, structural(described(node), { ...place, path, isRemovable: place.isRemovable || !isKept })];
}

/** Says of a reserved field what kubectl explain would otherwise leave out. */
function described(node: JsonNode): JsonNode {
  if (node["x-openreg-mark"] !== "reserved") return node;
  return { ...node, description: `Not available yet. ${node.description}` };
}

function refuseBypass(mark: string | undefined, path: string, parent: Place): void {
  if (!mark || mark === "reserved" || !parent.isRemovable) return;
  throw new GeneratorError(
    path,
    `marked ${mark}, but ${parent.path} can be removed and set again: make it required, or mark it too`,
  );
}

function rulesOf(node: JsonNode, place: Place): readonly Validation[] {
  const own = node["x-kubernetes-validations"] ?? [];
  if (place.isRemovable && own.some(({ rule }) => /\boldSelf\b/.test(rule))) {
    throw new GeneratorError(
      place.path,
      "a rule with oldSelf is bypassed by removing this first: put it on the parent",
    );
  }
  const keys = node["x-openreg-keys"] && ruleOfKeys(node["x-openreg-keys"]);
  const marks = Object.entries(node.properties ?? {}).flatMap(([name, { "x-openreg-mark": mark }]) =>
    mark ? [ruleOfMark(mark, name, place.kind)] : [],
  );
  return [...own, ...(keys ? [keys] : []), ...marks];
}
