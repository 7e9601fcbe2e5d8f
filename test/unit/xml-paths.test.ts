/** Proves that what is said of XML paths when a Report is applied is what the runner can write: no list passes one and fails the other. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkPathOrder } from "../../language/src/check-xml-paths.ts";
import { readElementPath, XmlDefinitionError } from "../../runner/src/formats/xml/element-path.ts";
import { buildTree } from "../../runner/src/formats/xml/element-tree.ts";

const namespaces = new Map<string, string>();

test("any list of paths is taken by both or by neither", () => {
  const path = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
  const list = fc.array(fc.record({ at: path, isOptional: fc.boolean() }), { maxLength: 7 });
  const taken = { yes: 0, no: 0 };
  const property = fc.property(list, (paths) => {
    const problems = checkPathOrder(paths.map((one, index) => ({ ...one, path: `elements[${index}].at` })));
    const isWritable = canBeWritten(paths);
    taken[isWritable ? "yes" : "no"] += 1;
    expect([paths, problems.length === 0]).toEqual([paths, isWritable]);
  });
  fc.assert(property, { numRuns: 5000, seed: 20260131 });
  expect(Math.min(taken.yes, taken.no)).toBeGreaterThan(500);
});

function canBeWritten(paths: readonly { readonly at: string; readonly isOptional: boolean }[]): boolean {
  try {
    buildTree(
      paths.map(({ at, isOptional }, index) => {
        const where = `elements[${index}].at`;
        return { names: readElementPath(at, where, { namespaces, inherited: "" }), where, isOptional, content: index };
      }),
    );
    return true;
  } catch (error) {
    if (!(error instanceof XmlDefinitionError)) throw error;
    return false;
  }
}
