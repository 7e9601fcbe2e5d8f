/** Owns whether a list of XML paths can be written in its order, without opening an element again that was closed. */
import { type DefinitionDiagnostic, problem } from "./definition-problem.ts";

/** A path of an element; `isOptional` says that it has a condition, so that another may stand at the same place. */
export interface OrderedPath {
  readonly at: string;
  /** Where it stands in the Report. */
  readonly path: string;
  readonly isOptional: boolean;
}

/** Checks that elements with the same parents stand together, and that none is written twice or holds both text and elements. */
export function checkPathOrder(paths: readonly OrderedPath[]): DefinitionDiagnostic[] {
  const leaves = new Map<string, OrderedPath>();
  const closed = new Set<string>();
  const parents = new Set<string>();
  let open: readonly string[] = [];
  const found: DefinitionDiagnostic[] = [];
  for (const one of paths) {
    const above = parentsOf(one.at);
    const wrong = wrongPlace(one, above, { leaves, closed, parents });
    if (wrong) found.push(problem({ path: one.path, code: "BadPath", source: one.at, ...wrong }));
    for (const parent of open) if (!above.includes(parent)) closed.add(parent);
    for (const parent of above) parents.add(parent);
    open = above;
    if (!leaves.has(one.at)) leaves.set(one.at, one);
  }
  return found;
}

interface Written {
  readonly leaves: ReadonlyMap<string, OrderedPath>;
  readonly closed: ReadonlySet<string>;
  readonly parents: ReadonlySet<string>;
}

function wrongPlace(
  { at, isOptional }: OrderedPath,
  above: readonly string[],
  { leaves, closed, parents }: Written,
): { readonly message: string; readonly hint: string } | undefined {
  const reopened = above.find((parent) => closed.has(parent));
  if (reopened !== undefined)
    return {
      message: `'${reopened}' was closed by the elements before`,
      hint: `put all elements below ${reopened} next to each other`,
    };
  const same = leaves.get(at);
  if (same && !(isOptional && same.isOptional))
    return { message: `'${at}' is written twice`, hint: "give both a condition, or use each with a list" };
  const text = above.find((parent) => leaves.has(parent));
  if (text !== undefined || parents.has(at))
    return {
      message: `'${text ?? at}' would hold both text and elements`,
      hint: "give the text an element of its own",
    };
  return undefined;
}

/** The paths above a path, the outermost first. */
function parentsOf(at: string): readonly string[] {
  const steps = at.split("/");
  return steps.slice(0, -1).map((_, index) => steps.slice(0, index + 1).join("/"));
}
