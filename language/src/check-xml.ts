/** Owns the check of an XML output: its expressions, and whether its paths can be written in their order. */
import type { Definition } from "@openreg/crds/types";
import { checkExpression, type Expected } from "./check-expression.ts";
import type { OutputPlace } from "./check-outputs.ts";
import { checkPathOrder, type OrderedPath } from "./check-xml-paths.ts";
import { type DefinitionDiagnostic, problem } from "./definition-problem.ts";
import { partScope, rowScope, typeText } from "./definition-scope.ts";
import type { Scope } from "./scope.ts";
import { didYouMean } from "./suggest.ts";

type Xml = NonNullable<Definition["outputs"][number]["xml"]>;
type Choice = Xml["choices"][number];
type Attributes = Choice["elements"][number]["attributes"];

/** Checks an XML output. */
export function checkXml(place: OutputPlace, xml: Xml): DefinitionDiagnostic[] {
  const path = `${place.path}.xml`;
  const scope = rowScope(place.definition, place.row);
  return [
    ...checkSchema(place, xml, path),
    ...checkEnvelope(place, xml, path),
    ...xml.choices.flatMap((choice, index) => checkChoice(xml, { choice, scope, path: `${path}.choices[${index}]` })),
    ...checkReach(xml, path),
  ];
}

function checkSchema({ definition }: OutputPlace, { schema }: Xml, path: string): DefinitionDiagnostic[] {
  if (!schema || definition.parts?.some(({ name }) => name === schema.part)) return [];
  const at = `${path}.schema.configMapKeyRef`;
  const message = `the schema '${schema.part}' is not among the parts`;
  return [problem({ path: at, code: "UnknownName", source: schema.part, message, hint: "name a key of a ConfigMap" })];
}

function checkEnvelope({ definition }: OutputPlace, xml: Xml, path: string): DefinitionDiagnostic[] {
  const scope = partScope(definition);
  const parts = (["header", "trailer"] as const).flatMap((part) =>
    (xml[part] ?? []).flatMap(({ at, value, attributes }, index) => {
      const here = `${path}.${part}[${index}]`;
      return [
        ...checkPrefixes(xml, at, `${here}.at`),
        ...checked(value, `${here}.value`, scope),
        ...checkAttributes(xml, attributes, { scope, path: here }),
      ];
    }),
  );
  const ordered = (part: "header" | "trailer"): OrderedPath[] =>
    (xml[part] ?? []).map(({ at }, index) => ({ at, path: `${path}.${part}[${index}].at`, isOptional: false }));
  const record = { at: xml.recordAt, path: `${path}.recordAt`, isOptional: false };
  return [
    ...parts,
    ...checkPrefixes(xml, xml.recordAt, record.path),
    ...checkRoots([record, ...ordered("header"), ...ordered("trailer")]),
    ...checkPathOrder([...ordered("header"), record, ...ordered("trailer")]),
  ];
}

/** A document has one root, and a record that is repeated is not it. */
function checkRoots([record, ...others]: readonly OrderedPath[]): DefinitionDiagnostic[] {
  if (!record) return [];
  const [root, ...below] = record.at.split("/");
  if (below.length === 0) {
    const message = "the record is repeated, so it cannot be the root of the document";
    const hint = `write <root>/${record.at}`;
    return [problem({ path: record.path, code: "BadPath", source: record.at, message, hint })];
  }
  return others
    .filter(({ at }) => at.split("/")[0] !== root)
    .map(({ at, path }) => {
      const message = `a document has one root, which is '${root}' in recordAt`;
      return problem({ path, code: "BadPath", source: at, message, hint: `begin the path with ${root}/` });
    });
}

interface ChoicePlace {
  readonly choice: Choice;
  readonly scope: Scope;
  readonly path: string;
}

function checkChoice(xml: Xml, { choice, scope, path }: ChoicePlace): DefinitionDiagnostic[] {
  const elements = choice.elements.flatMap(({ at, when, value, each, attributes }, index) => {
    const here = `${path}.elements[${index}]`;
    return [
      ...checkPrefixes(xml, at, `${here}.at`),
      ...(when === undefined ? [] : checked(when, `${here}.when`, scope, "bool")),
      ...(value === undefined ? [] : checked(value, `${here}.value`, scope)),
      ...(each === undefined ? [] : checkEach(each, `${here}.each`, scope)),
      ...checkAttributes(xml, attributes, { scope, path: here }),
    ];
  });
  const ordered = choice.elements.map(({ at, when }, index) => ({
    ...{ at, path: `${path}.elements[${index}].at`, isOptional: when !== undefined },
  }));
  return [
    ...(choice.when === undefined ? [] : checked(choice.when, `${path}.when`, scope, "bool")),
    ...(choice.at === undefined ? [] : checkPrefixes(xml, choice.at, `${path}.at`)),
    ...elements,
    ...checkPathOrder(ordered),
  ];
}

/** A choice without a condition is always taken, so nothing comes after it. */
function checkReach({ choices }: Xml, path: string): DefinitionDiagnostic[] {
  const always = choices.findIndex(({ when }) => when === undefined);
  if (always < 0 || always === choices.length - 1) return [];
  const message = `the choice before it has no condition, so this one is never taken`;
  const hint = `give choices[${always}] a condition, or put it last`;
  return [problem({ path: `${path}.choices[${always + 1}]`, code: "BadPath", source: "", message, hint })];
}

function checked(source: string, path: string, scope: Scope, expected: Expected = "any"): DefinitionDiagnostic[] {
  return [...checkExpression({ source, path, scope, expected }).diagnostics];
}

function checkEach(source: string, path: string, scope: Scope): DefinitionDiagnostic[] {
  const { type, diagnostics } = checkExpression({ source, path, scope, expected: "list" });
  if (!type || type.type.kind === "list") return [...diagnostics];
  const message = `each writes one element per item of a list, but this is ${typeText(type.type)}`;
  return [...diagnostics, problem({ path, code: "BadType", source, message, hint: "write value instead of each" })];
}

function checkAttributes(
  xml: Xml,
  attributes: Attributes,
  { scope, path }: { readonly scope: Scope; readonly path: string },
): DefinitionDiagnostic[] {
  return (attributes ?? []).flatMap(({ name, value }) => {
    const at = `${path}.attributes.${name}`;
    const isName = /^([A-Za-z_][-A-Za-z0-9_.]*:)?[A-Za-z_][-A-Za-z0-9_.]*$/.test(name) && !/^xmlns(:|$)/.test(name);
    const message = `'${name}' cannot be the name of an attribute`;
    const hint = "use letters, digits, - _ and a prefix from namespaces; namespaces are declared by themselves";
    return [
      ...(isName
        ? checkPrefixes(xml, name, at)
        : [problem({ path: at, code: "BadPath", source: name, message, hint })]),
      ...checked(value, at, scope),
    ];
  });
}

/** Checks that each prefix in a path has a namespace. */
function checkPrefixes({ namespaces }: Xml, at: string, path: string): DefinitionDiagnostic[] {
  const known = namespaces.map(({ prefix }) => prefix);
  return at
    .split("/")
    .flatMap((step) => (step.includes(":") ? [step.slice(0, step.indexOf(":"))] : []))
    .filter((prefix) => prefix !== "xml" && !known.includes(prefix))
    .slice(0, 1)
    .map((prefix) => {
      const start = at.indexOf(`${prefix}:`);
      const message = `the prefix '${prefix}' has no namespace`;
      const hint = didYouMean(prefix, known) ?? `add ${prefix} to namespaces`;
      return problem({ path, code: "BadPath", source: at, start, end: start + prefix.length, message, hint });
    });
}
