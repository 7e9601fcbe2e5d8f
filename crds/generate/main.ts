/** Owns the list of everything that is generated from the resource model, as paths below the repository and texts. */
import { kinds } from "../src/index.ts";
import { newChartTemplate } from "./chart-template.ts";
import { newCustomResourceDefinition, toYaml } from "./crd.ts";
import { newErrorReference } from "./error-reference.ts";
import { withGenerated } from "./generated-part.ts";
import { newReference } from "./reference.ts";

/** A file that `npm run generate` writes; the path is relative to the root of the repository. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

/** The command that writes every generated file. */
export const generateCommand = "npm run generate";

/** Folders that hold generated files, with the ending of those names; a file there that is not generated is left over. */
export const generatedPlaces = [
  { folder: "crds", ending: ".openreg.dev.yaml" },
  { folder: "charts/openreg/templates/crds", ending: ".yaml" },
] as const;

/** The first line of a generated YAML file. */
const banner = `# Generated from crds/src by '${generateCommand}'. Do not edit.\n`;

/**
 * Generates every file. `existingText` gives the text of a file as it is now, so that what people wrote around generated parts stays.
 * Throws GeneratorError, with the path in the schema, for what a CRD cannot say.
 */
export function generatedFiles(existingText: (path: string) => string | undefined): readonly GeneratedFile[] {
  const ofKinds = kinds.flatMap((source) => {
    const crd = newCustomResourceDefinition(source);
    const page = `docs/spec/${kebabCase(source.kind)}.md`;
    return [
      { path: `crds/${crd.metadata.name}.yaml`, text: banner + toYaml(crd) },
      { path: `charts/openreg/templates/crds/${source.plural}.yaml`, text: banner + newChartTemplate(crd) },
      { path: page, text: withGenerated(existingText(page), { title: source.kind, generated: newReference(source) }) },
    ];
  });
  const errors = "docs/errors.md";
  const generated = newErrorReference();
  return [
    ...ofKinds,
    { path: errors, text: withGenerated(existingText(errors), { title: "Failure codes", generated }) },
  ];
}

function kebabCase(kind: string): string {
  return kind.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();
}
