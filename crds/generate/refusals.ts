/** Owns what a node of a JSON schema must not hold because a CRD cannot say it, or because we do not want it said. */
import { GeneratorError } from "./generator-error.ts";
import { boundNames, type JsonNode } from "./schema-node.ts";

/** Says what is wrong with a node, or nothing. */
type Refusal = (node: JsonNode, path: string) => string | undefined;

/** The fields that may have a schema default; everywhere else the code applies defaults, so that GitOps sees no drift. */
const defaultsAllowed = new Set(["ReportRun.spec.mode"]);

/** Enums whose words are not ours: characters of a file, the format of a definition, the status of a condition. */
const foreignEnums =
  /^(Report\.spec\.outputs\[\]\.csv\.delimiter|ReportVersion\.spec\.format|.*\.conditions\[\]\.status)$/;

const pascalCase = /^[A-Z][A-Za-z0-9]*$/;
const readOtherwiseByYaml = /^(y|yes|n|no|true|false|on|off|null|~)$/i;

const known = new Set<string>([
  ...boundNames,
  "type",
  "description",
  "properties",
  "required",
  "items",
  "additionalProperties",
  "x-kubernetes-validations",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-map-type",
  "x-kubernetes-preserve-unknown-fields",
  "x-openreg-mark",
  "x-openreg-keys",
]);

/** Every refusal, in the order in which they are asked. */
const refusals: readonly Refusal[] = [
  choice, // before unknown words, for its better message
  referenceTo,
  unknownWord,
  withoutType,
  unwantedFormat,
  closedObject,
  openObject,
  unboundedText,
  unboundedList,
  unboundedMap,
  listWithoutType,
  unwantedDefault,
  unwantedEnum,
];

/** Throws GeneratorError, with the path, when a node holds what a CRD cannot say. */
export function refuseUnsayable(node: JsonNode, path: string): void {
  for (const refusal of refusals) {
    const problem = refusal(node, path);
    if (problem) throw new GeneratorError(path, problem);
  }
}

/** Throws GeneratorError when a field has no description. */
export function refuseUndescribed(node: JsonNode, path: string): void {
  if (!node.description?.trim()) throw new GeneratorError(path, "a field needs a description: add .describe(…)");
}

function choice(node: JsonNode): string | undefined {
  const word = ["anyOf", "oneOf"].find((one) => one in node);
  return word && `${word} is not structural: use one optional member per kind and the rule exactlyOne`;
}

function referenceTo(node: JsonNode): string | undefined {
  return "$ref" in node || "definitions" in node ? "$ref is not structural: leave out .meta({ id })" : undefined;
}

function unknownWord(node: JsonNode): string | undefined {
  const word = Object.keys(node).find((one) => !known.has(one));
  return word && `'${word}' is not a word of our structural schemas`;
}

function withoutType(node: JsonNode): string | undefined {
  return node.type === undefined ? "a node needs a type" : undefined;
}

function unwantedFormat(node: JsonNode): string | undefined {
  return node.format !== undefined && node.format !== "date"
    ? `the format '${node.format}' is not used: write a pattern`
    : undefined;
}

function closedObject(node: JsonNode): string | undefined {
  return node.additionalProperties === false
    ? "additionalProperties: false is not structural: use z.object, the API server refuses unknown fields by itself"
    : undefined;
}

function openObject(node: JsonNode): string | undefined {
  const { additionalProperties: values } = node;
  const isOpen = values === true || (typeof values === "object" && Object.keys(values).length === 0);
  return isOpen && !node["x-kubernetes-preserve-unknown-fields"]
    ? "an open object loses its unknown fields: only reserved fields are open"
    : undefined;
}

function unboundedText(node: JsonNode): string | undefined {
  return node.type === "string" && !node.enum && node.maxLength === undefined
    ? "a text needs .max(…): the cost of CEL is estimated from it"
    : undefined;
}

function unboundedList(node: JsonNode): string | undefined {
  return node.type === "array" && node.maxItems === undefined
    ? "a list needs .max(…): the cost of CEL is estimated from it"
    : undefined;
}

function unboundedMap(node: JsonNode): string | undefined {
  const isMap = typeof node.additionalProperties === "object" && !node["x-kubernetes-preserve-unknown-fields"];
  if (!isMap) return;
  if (node.maxProperties === undefined)
    return "a map needs .meta({ maxProperties }): the cost of CEL is estimated from it";
  return node["x-openreg-keys"]?.maxLength === undefined ? "the keys of a map need .max(…)" : undefined;
}

function listWithoutType(node: JsonNode): string | undefined {
  return node.type === "array" && !node["x-kubernetes-list-type"]
    ? "a list needs to say how it is merged: use mapList or atomicList"
    : undefined;
}

function unwantedDefault(node: JsonNode, path: string): string | undefined {
  return node.default !== undefined && !defaultsAllowed.has(path)
    ? "a schema default shows as drift in GitOps: apply it in newDefinition and say it in the description"
    : undefined;
}

function unwantedEnum(node: JsonNode, path: string): string | undefined {
  if (!node.enum || foreignEnums.test(path)) return;
  const misread = node.enum.find((value) => readOtherwiseByYaml.test(value));
  if (misread !== undefined) return `YAML 1.1 does not read '${misread}' as text: choose another word`;
  const odd = node.enum.find((value) => !pascalCase.test(value));
  return odd === undefined ? undefined : `the enum value '${odd}' is not PascalCase`;
}
