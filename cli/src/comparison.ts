/** Owns how two things made of named parts are compared: what came, what went, and what of the rest is different. */
import { visible } from "@openreg/language";

/** Parts of one sort, by name, in their order. */
export interface Section {
  readonly name: string;
  readonly parts: ReadonlyMap<string, unknown>;
}

/** What is different between two sections of one name. */
export interface SectionChanges {
  readonly name: string;
  readonly changes: readonly Change[];
  /** Whether the parts that both have stand in another order. */
  readonly reordered: boolean;
}

/** What became of a part. */
export interface Change {
  readonly part: string;
  readonly change: "Added" | "Removed" | "Changed";
  /** For a changed part: each value that differs. */
  readonly details: readonly Detail[];
}

/** A value that differs; one that is not there is left out. */
export interface Detail {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Compares sections of the same names; sections without a difference are left out. */
export function compareSections(before: readonly Section[], after: readonly Section[]): readonly SectionChanges[] {
  const names = [...new Set([...before, ...after].map(({ name }) => name))];
  const partsOf = (sections: readonly Section[], name: string) =>
    sections.find((one) => one.name === name)?.parts ?? new Map<string, unknown>();
  return names
    .map((name) => compareParts(name, partsOf(before, name), partsOf(after, name)))
    .filter(({ changes, reordered }) => changes.length > 0 || reordered);
}

function compareParts(
  name: string,
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): SectionChanges {
  const changes = [...new Set([...before.keys(), ...after.keys()])].flatMap((part): Change[] => {
    if (!before.has(part)) return [{ part, change: "Added", details: [] }];
    if (!after.has(part)) return [{ part, change: "Removed", details: [] }];
    const details = differences(before.get(part), after.get(part), "");
    return details.length === 0 ? [] : [{ part, change: "Changed", details }];
  });
  const kept = [...before.keys()].filter((part) => after.has(part));
  const keptAfter = [...after.keys()].filter((part) => before.has(part));
  return { name, changes, reordered: kept.some((part, index) => keptAfter[index] !== part) };
}

function differences(before: unknown, after: unknown, path: string): Detail[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const first = membersOf(before);
  const second = membersOf(after);
  if (first && second) {
    const found = [...new Set([...first.keys(), ...second.keys()])].flatMap((key) =>
      differences(
        first.get(key),
        second.get(key),
        path === "" || key.startsWith("[") ? `${path}${key}` : `${path}.${key}`,
      ),
    );
    return found.length > 0
      ? found
      : [{ path: `${path} (order)`.trim(), before: [...first.keys()], after: [...second.keys()] }];
  }
  return [{ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
}

/** Members of an object, or the items of a list: by their names where each has one of its own, else by their place. */
function membersOf(value: unknown): ReadonlyMap<string, unknown> | undefined {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const names = value.map((item: { name?: unknown } | null) => item?.name);
  const isNamed = names.every((name) => typeof name === "string") && new Set(names).size === names.length;
  return new Map(value.map((item, index) => [`[${isNamed ? names[index] : index}]`, item]));
}

const signs = { Added: "+", Removed: "-", Changed: "~" } as const;

/** The differences as people read them. */
export function changesText(sections: readonly SectionChanges[]): string {
  return sections
    .map(({ name, changes, reordered }) =>
      [name, ...changes.flatMap(changeLines), ...(reordered ? ["  the order is another one"] : [])].join("\n"),
    )
    .join("\n\n");
}

function changeLines({ part, change, details }: Change): string[] {
  const lines = details.map(
    ({ path, before, after }) => `      ${path === "" ? "" : `${path}: `}${shown(before)} -> ${shown(after)}`,
  );
  return [`  ${signs[change]} ${part}`, ...lines].map(visible);
}

function shown(value: unknown): string {
  return value === undefined ? "(none)" : JSON.stringify(value);
}
