/** Owns the cases that a schema promises: for each bound the smallest violation, and the largest value that is accepted. */
import type { StructuralNode } from "../../../crds/generate/schema-node.ts";
import { isReserved, type Path, type Place, textOf } from "./object-paths.ts";
import { longerList, longerMap, textOfLength, textThatMisses } from "./values.ts";

/** One value at one place, with what the API server must say: nothing, or the message of the bound. */
export interface BoundCase {
  readonly sentence: string;
  readonly path: Path;
  /** `undefined` removes what is there. */
  readonly value: unknown;
  readonly refusal?: RegExp;
}

/** The cases of one place. */
export function casesOf(place: Place): readonly BoundCase[] {
  return [
    ...requiredCases(place),
    ...unknownFieldCases(place),
    ...enumCases(place),
    ...textCases(place),
    ...numberCases(place),
    ...listCases(place),
    ...mapCases(place),
  ];
}

function refused({ path }: Place, value: unknown, what: string, refusal: RegExp): BoundCase {
  return { sentence: `refuses ${what} at ${textOf(path)}`, path, value, refusal };
}

function accepted({ path }: Place, value: unknown, what: string): BoundCase {
  return { sentence: `accepts ${what} at ${textOf(path)}`, path, value };
}

function requiredCases({ path, node }: Place): readonly BoundCase[] {
  return (node.required ?? []).map((name) => {
    const missing = [...path, name];
    return {
      sentence: `refuses an object without ${textOf(missing)}`,
      path: missing,
      value: undefined,
      refusal: /Required value/,
    };
  });
}

function unknownFieldCases({ path, node }: Place): readonly BoundCase[] {
  if (!node.properties) return [];
  const unknown = [...path, "unknownField"];
  const refusal = new RegExp(`unknown field "${textOf(unknown).replaceAll(/[[\].]/g, "\\$&")}"`);
  return [{ sentence: `refuses an unknown field ${textOf(unknown)}`, path: unknown, value: 1, refusal }];
}

function enumCases(place: Place): readonly BoundCase[] {
  const words = place.node.enum;
  if (!words) return [];
  return [
    refused(place, "Nonsense", "a word that is not listed", /Unsupported value.*supported values/),
    ...words.map((word) => accepted(place, word, `the word ${JSON.stringify(word)}`)),
  ];
}

function textCases(place: Place): readonly BoundCase[] {
  const { node, value } = place;
  if (node.type !== "string" || node.enum) return [];
  const { minLength: least = 0, maxLength: most = 0, pattern } = node;
  const sample = value as string;
  const ofLength = (length: number) => {
    const text = textOfLength(sample, length, pattern);
    return text === undefined ? [] : [accepted(place, text, `${length} characters`)];
  };
  const tooLong = "x".repeat(most + 1);
  return [
    ...(least > 0
      ? [refused(place, sample.slice(0, least - 1), `${least - 1} characters`, new RegExp(`at least ${least} chars`))]
      : []),
    ...ofLength(least),
    ...ofLength(most),
    refused(
      place,
      tooLong,
      `${most + 1} characters`,
      new RegExp(`not be more than ${most} (bytes|characters)|Too long`),
    ),
    ...(node.format === "date" ? [refused(place, "2026-02-30", "a day that no calendar has", /of type date/)] : []),
    ...(pattern ? [refused(place, textThatMisses(sample, pattern), "another form", /should match/)] : []),
  ];
}

function numberCases(place: Place): readonly BoundCase[] {
  const { minimum, maximum } = place.node;
  return [
    ...(minimum === undefined
      ? []
      : [
          refused(place, minimum - 1, `${minimum - 1}`, new RegExp(`greater than or equal to ${minimum}`)),
          accepted(place, minimum, `${minimum}`),
        ]),
    ...(maximum === undefined
      ? []
      : [
          refused(place, maximum + 1, `${maximum + 1}`, /less than or equal to/),
          accepted(place, maximum, `${maximum}`),
        ]),
  ];
}

function listCases(place: Place): readonly BoundCase[] {
  const { node, value } = place;
  if (!node.items) return [];
  const { minItems: least = 0, maxItems: most = 0 } = node;
  const key = node["x-kubernetes-list-map-keys"]?.[0];
  const ofLength = (length: number) => longerList(value as unknown[], length, key);
  return [
    ...(least > 0 ? [refused(place, ofLength(least - 1), `${least - 1} items`, /at least \d+ items/)] : []),
    accepted(place, ofLength(least), `${least} items`),
    accepted(place, ofLength(most), `${most} items`),
    refused(place, ofLength(most + 1), `${most + 1} items`, new RegExp(`at most ${most} items`)),
    ...(key ? [refused(place, twice(value), "the same key twice", /Duplicate value/)] : []),
  ];
}

const twice = (value: unknown) => [...(value as unknown[]), ...(value as unknown[])];

function mapCases(place: Place): readonly BoundCase[] {
  const { node, value } = place;
  if (!node.additionalProperties) return [];
  const { maxProperties: most = 0 } = node;
  const ofSize = (size: number) => longerMap(value as Record<string, unknown>, size);
  return [
    accepted(place, ofSize(most), `${most} entries`),
    refused(place, ofSize(most + 1), `${most + 1} entries`, new RegExp(`at most ${most} items`)),
  ];
}

/** The bounds of a schema by path, outside of reserved fields: what the cases must cover. */
export function uncoveredPlaces(places: readonly Place[]): readonly string[] {
  return places.filter(({ node, value }) => value === undefined && !isReserved(node)).map(({ path }) => textOf(path));
}

/** The bounds that no value can reach, because the pattern allows fewer characters. */
export function unreachableLengths(node: StructuralNode, value: unknown): readonly number[] {
  if (node.type !== "string" || node.enum) return [];
  const lengths = [node.minLength ?? 0, node.maxLength ?? 0];
  return lengths.filter((length) => textOfLength(value as string, length, node.pattern) === undefined);
}
