/** Owns how a flat, ordered list of element paths becomes a tree: elements with the same beginning share their parents. */
import { type ElementName, XmlDefinitionError } from "./element-path.ts";

/** One entry of the flat list. */
export interface TreeEntry<T> {
  readonly names: readonly ElementName[];
  /** Place in the settings, as in `xml.header[2].at`. */
  readonly where: string;
  /** Whether it has a condition: then another one with a condition may stand at the same place. */
  readonly isOptional: boolean;
  readonly content: T;
}

/** An element that holds elements. */
export interface Container<T> extends ElementName {
  readonly children: readonly TreeNode<T>[];
}

/** An element of the list. */
export interface Leaf<T> extends ElementName {
  readonly content: T;
}

/** An element of a tree. */
export type TreeNode<T> = Container<T> | Leaf<T>;

interface OpenContainer<T> extends ElementName {
  readonly key: string;
  readonly children: TreeNode<T>[];
}

/**
 * The tree of a list. Throws XmlDefinitionError where the list cannot be written in one go: elements of one parent that
 * do not stand together, one element twice without conditions, and an element that has a value and elements.
 */
export function buildTree<T>(entries: readonly TreeEntry<T>[]): readonly TreeNode<T>[] {
  const roots: TreeNode<T>[] = [];
  const open: OpenContainer<T>[] = [];
  const seen: Seen = { containers: new Map(), leaves: new Map() };
  const inside = (): TreeNode<T>[] => open.at(-1)?.children ?? roots;
  for (const { names, where, isOptional, content } of entries) {
    const keys = keysOf(names);
    const depth = keys.length - 1;
    let shared = 0;
    while (shared < open.length && shared < depth && open[shared]?.key === keys[shared]) shared += 1;
    open.length = shared;
    for (let index = shared; index < depth; index += 1) {
      const key = keys[index] as string;
      refuseReopened(seen, { key, path: shownPath(names, index), where });
      seen.containers.set(key, where);
      const container: OpenContainer<T> = { ...(names[index] as ElementName), key, children: [] };
      inside().push(container);
      open.push(container);
    }
    const leaf = keys[depth] as string;
    refuseRepeated(seen, { key: leaf, path: shownPath(names, depth), where, isOptional });
    if (!seen.leaves.has(leaf)) seen.leaves.set(leaf, { where, isOptional });
    inside().push({ ...(names[depth] as ElementName), content });
  }
  return roots;
}

/** A key of each element from the root down. */
function keysOf(names: readonly ElementName[]): readonly string[] {
  let key = "";
  return names.map(({ name, namespace }) => {
    key += `${name} ${namespace}\n`;
    return key;
  });
}

function shownPath(names: readonly ElementName[], depth: number): string {
  return names
    .slice(0, depth + 1)
    .map(({ name }) => name)
    .join("/");
}

/** Where each path stood first. */
interface Seen {
  readonly containers: Map<string, string>;
  readonly leaves: Map<string, { readonly where: string; readonly isOptional: boolean }>;
}

interface Place {
  readonly key: string;
  readonly path: string;
  readonly where: string;
}

function refuseReopened({ containers, leaves }: Seen, { key, path, where }: Place): void {
  const closed = containers.get(key);
  if (closed !== undefined) {
    const message = `${path} was begun at ${closed} and is closed already; put its elements next to each other`;
    throw new XmlDefinitionError(where, message);
  }
  const leaf = leaves.get(key);
  if (leaf !== undefined)
    throw new XmlDefinitionError(where, `${path} has a value at ${leaf.where}, so it cannot hold elements`);
}

function refuseRepeated({ containers, leaves }: Seen, place: Place & { readonly isOptional: boolean }): void {
  const { key, path, where } = place;
  const container = containers.get(key);
  if (container !== undefined)
    throw new XmlDefinitionError(where, `${path} holds elements at ${container}, so it cannot have a value`);
  const earlier = leaves.get(key);
  if (earlier && !(earlier.isOptional && place.isOptional)) {
    const message = `${path} is there already at ${earlier.where}; give both a condition, or use each with a list`;
    throw new XmlDefinitionError(where, message);
  }
}
