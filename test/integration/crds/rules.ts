/** Owns the list of CEL rules as the committed CRDs hold them. */
import type { StructuralNode } from "../../../crds/generate/schema-node.ts";
import { committedCrds, schemaOf } from "./api.ts";
import type { Path } from "./object-paths.ts";

/** One CEL rule and where it stands; lists are entered at their first item. */
export interface PlacedRule {
  readonly kind: string;
  readonly path: Path;
  readonly message: string;
  readonly rule: string;
  /** The field that the rule is about, for rules made of marks. */
  readonly field?: string;
  /** The schema of that field. */
  readonly fieldNode?: StructuralNode;
}

/** Every rule of every kind. */
export const placedRules: readonly PlacedRule[] = [...committedCrds.keys()].flatMap((kind) =>
  rulesBelow({ kind, path: [], node: schemaOf(kind) }),
);

interface Walk {
  readonly kind: string;
  readonly path: Path;
  readonly node: StructuralNode;
}

function rulesBelow({ kind, path, node }: Walk): readonly PlacedRule[] {
  const own = (node["x-kubernetes-validations"] ?? []).map(({ message, rule, fieldPath }) => {
    const field = fieldPath?.slice(1);
    const fieldNode = field === undefined ? undefined : node.properties?.[field];
    return { kind, path, message, rule, ...(field && { field }), ...(fieldNode && { fieldNode }) };
  });
  const members = Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
    rulesBelow({ kind, path: [...path, name], node: child }),
  );
  const items = node.items ? rulesBelow({ kind, path: [...path, 0], node: node.items }) : [];
  return [...own, ...members, ...items];
}
