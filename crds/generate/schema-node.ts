/** Owns the shapes between zod and a CRD: a node as zod's JSON schema has it, and as a structural schema has it. */
import type { CelRule, FieldMark } from "../src/v1alpha1/schema.ts";

/** The bounds that both sides say in the same words. */
export interface Bounds {
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
}

/** The bounds by name, in the order in which they are written. */
export const boundNames = [
  "enum",
  "default",
  "minimum",
  "maximum",
  "minLength",
  "maxLength",
  "pattern",
  "format",
  "minItems",
  "maxItems",
  "maxProperties",
] as const satisfies readonly (keyof Bounds)[];

/** Bounds of the keys of a map; OpenAPI 3.0 has no word for them, so they become a CEL rule. */
export interface KeyBounds {
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

/** One CEL rule as a CRD holds it. */
export interface Validation extends CelRule {
  readonly reason?: "FieldValueForbidden";
}

/** A node of zod's JSON schema, with our marks. */
export interface JsonNode extends Bounds {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonNode>>;
  readonly required?: readonly string[];
  readonly items?: JsonNode;
  readonly additionalProperties?: JsonNode | boolean;
  readonly "x-kubernetes-validations"?: readonly CelRule[];
  readonly "x-kubernetes-list-type"?: "map" | "atomic";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  /** Atomic: written as a whole, so that its fields are not remembered one by one. */
  readonly "x-kubernetes-map-type"?: "atomic";
  readonly "x-kubernetes-preserve-unknown-fields"?: true;
  readonly "x-openreg-mark"?: FieldMark;
  readonly "x-openreg-keys"?: KeyBounds;
}

/** A node of a structural schema. */
export interface StructuralNode extends Bounds {
  readonly description?: string;
  readonly type: string;
  readonly "x-kubernetes-list-type"?: "map" | "atomic";
  readonly "x-kubernetes-list-map-keys"?: readonly string[];
  /** Atomic: written as a whole, so that its fields are not remembered one by one. */
  readonly "x-kubernetes-map-type"?: "atomic";
  readonly "x-kubernetes-preserve-unknown-fields"?: true;
  readonly "x-kubernetes-validations"?: readonly Validation[];
  readonly required?: readonly string[];
  readonly items?: StructuralNode;
  readonly additionalProperties?: StructuralNode;
  readonly properties?: Readonly<Record<string, StructuralNode>>;
}
