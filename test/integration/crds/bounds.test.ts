/** Proves each bound of each field on a real API server: the smallest violation is refused, the largest value is accepted. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, pathOf, refusalsOf, schemaOf, startApi } from "./api.ts";
import { type BoundCase, casesOf, uncoveredPlaces, unreachableLengths } from "./bounds.ts";
import { changed, isReserved, type Place, placesOf, textOf } from "./object-paths.ts";
import { type CompleteObject, completeObjects } from "./objects.ts";
import { otherForms } from "./other-forms.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
  for (const object of completeObjects) {
    const { status: _status, ...created } = object;
    const answer = await api.send({
      method: "POST",
      path: `${pathOf(object.kind)}?fieldValidation=Strict`,
      body: created,
    });
    expect(refusalsOf(answer), `the complete ${object.kind} is accepted`).toBe("");
  }
});
afterAll(() => api?.stop());

/** Values within the bounds that a rule of their own refuses; `rules.test.ts` has these rules. */
const refusedByRule: Readonly<Record<string, RegExp>> = {
  'Report accepts the word "SetNull" at spec.fields[0].lookup.onMissing': /finding goes with onMissing Finding/,
  'Report accepts the word "Fail" at spec.fields[0].lookup.onMissing': /finding goes with onMissing Finding/,
  'Report accepts the word "Hold" at spec.deliverTo[0].release': /release Hold and OnApproval/,
  'Report accepts the word "OnApproval" at spec.deliverTo[0].release': /release Hold and OnApproval/,
  'ReportRun accepts the word "Reuse" at spec.rerunOf.fetch': /Reuse is not available yet/,
  ...Object.fromEntries(
    ["Supplement", "Correction", "Cancellation", "Replacement"].map((word) => [
      `ReportRun accepts the word "${word}" at spec.purpose`,
      /only purpose Original is available/,
    ]),
  ),
};
const firstStates = ["Pending", "Missed", "Skipped"];

function expectedOf(kind: string, { sentence, path, value, refusal }: BoundCase): RegExp | undefined {
  const isState = kind === "ReportRun" && textOf(path) === "status.state" && !refusal;
  if (isState && !firstStates.includes(String(value))) return /the first state of a run/;
  return refusal ?? refusedByRule[`${kind} ${sentence}`];
}

async function tried(object: CompleteObject, { path, value }: BoundCase) {
  const { status, ...rest } = changed(object, path, value);
  const query = "dryRun=All&fieldValidation=Strict";
  if (path[0] !== "status") {
    const body = { ...rest, metadata: { name: "trial" } };
    return api.send({ method: "POST", path: `${pathOf(object.kind)}?${query}`, body });
  }
  const target = `${pathOf(object.kind, "complete", "status")}?${query}`;
  return api.send({ method: "PATCH", path: target, body: { status }, contentType: "application/merge-patch+json" });
}

/** A place with the object in which it has a value. */
interface ObjectPlace extends Place {
  readonly object: CompleteObject;
}

/** Every place of a kind, each in the first form of the object that has a value there. */
function placesOfKind(complete: CompleteObject): readonly ObjectPlace[] {
  const places = new Map<string, ObjectPlace>();
  for (const place of [complete, ...otherForms(complete.kind)].flatMap(placesOfObject)) {
    const known = places.get(textOf(place.path));
    if (known?.value === undefined) places.set(textOf(place.path), place);
  }
  return [...places.values()];
}

function placesOfObject(object: CompleteObject): readonly ObjectPlace[] {
  const { properties } = schemaOf(object.kind);
  return (["spec", "status"] as const).flatMap((part) => {
    const node = properties?.[part];
    return node ? placesOf(node, object[part], [part]).map((place) => ({ ...place, object })) : [];
  });
}

for (const object of completeObjects) {
  const places = placesOfKind(object);

  describe(object.kind, () => {
    test("every field that is available has a value in the complete object or in another form of it", () => {
      expect(uncoveredPlaces(places)).toEqual([]);
    });

    test.each(otherForms(object.kind).map((form, index) => [index + 1, form] as const))(
      "accepts its other form %i",
      async (_number, { status: _status, ...form }) => {
        const path = `${pathOf(form.kind)}?dryRun=All&fieldValidation=Strict`;
        const body = { ...form, metadata: { name: "trial" } };
        expect(refusalsOf(await api.send({ method: "POST", path, body }))).toBe("");
      },
    );

    test("every length that a text may have is reached, but for those its pattern forbids", () => {
      const unreached = places.flatMap(({ node, value, path }) =>
        unreachableLengths(node, value).map((length) => `${textOf(path)}: ${length}`),
      );
      const types = /(\.type|^spec\.(keys|values)\.\w+): 32$/;
      expect(unreached.filter((one) => !types.test(one))).toEqual([]);
    });

    const cases = places
      .filter(({ value, node }) => value !== undefined && !isReserved(node))
      .flatMap((place) => casesOf(place).map((one) => [one.sentence, one, place.object] as const));
    test.each(cases)("%s", async (_sentence, one, form) => {
      const refusals = refusalsOf(await tried(form, one));
      const expected = expectedOf(object.kind, one);
      if (!expected) return expect(refusals).toBe("");
      const isNamed = one.refusal && !one.sentence.startsWith("refuses an unknown field");
      const lines = refusals.split("\n").filter((line) => !isNamed || line.startsWith(textOf(one.path)));
      expect(
        lines.some((line) => expected.test(line)),
        `${expected} in: ${refusals.slice(0, 2000)}`,
      ).toBe(true);
    });
  });
}
