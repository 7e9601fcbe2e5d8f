/** Says what the generator keeps of a zod schema, and what it refuses, with the path. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { atomicList, mapList, marked, reserved, reservedList, withRules } from "../src/v1alpha1/schema.ts";
import { newStructuralSchema } from "./structural-schema.ts";

const place = { kind: "Thing", path: "Thing.spec", isRemovable: false };
const text = z.string().max(10).describe("A text.");
const specOf = (shape: Record<string, z.ZodType>) => z.object(shape).describe("The spec.");
const generated = (schema: z.ZodType) => newStructuralSchema(schema, place);
const member = (schema: z.ZodType) => generated(specOf({ it: schema })).properties?.it;

const recursive: z.ZodType = z.object({
  get inner() {
    return recursive.optional().describe("More of it.");
  },
});

const refusals: Record<string, { readonly it: z.ZodType; readonly says: string }> = {
  "a union, as anyOf": {
    it: z.union([text, z.int()]).describe("Either."),
    says: "Thing.spec.it: anyOf is not structural",
  },
  "a discriminated union, as oneOf": {
    it: z
      .discriminatedUnion("kind", [
        z.object({ kind: z.literal("a"), a: text }),
        z.object({ kind: z.literal("b"), b: text }),
      ])
      .describe("Either."),
    says: "Thing.spec.it: oneOf is not structural",
  },
  "an identified schema, as $ref": {
    it: text.meta({ id: "It", description: "A text." }),
    says: "$ref is not structural",
  },
  "recursion, as $ref": { it: recursive.describe("A tree."), says: "$ref is not structural" },
  "a closed object, as additionalProperties: false": {
    it: z.strictObject({ a: text }).describe("Closed."),
    says: "Thing.spec.it: additionalProperties: false is not structural",
  },
  "an open object, which would lose what is unknown": {
    it: z.looseObject({ a: text }).describe("Open."),
    says: "Thing.spec.it: an open object loses its unknown fields",
  },
  "a refinement": {
    it: text.refine((value) => value !== "x").describe("Not x."),
    says: "Thing.spec.it: a refinement is known to zod only",
  },
  "a refinement of a list": {
    it: atomicList(text, 3)
      .refine((value) => value.length > 1)
      .describe("Some."),
    says: "Thing.spec.it: a refinement is known to zod only",
  },
  "a transform": {
    it: text.transform(Number).describe("A number."),
    says: "Thing.spec.it: a pipe is known to zod only",
  },
  "a trim": { it: text.trim().describe("Trimmed."), says: "Thing.spec.it: a transform is known to zod only" },
  "a fallback": { it: text.catch("x").describe("Or x."), says: "Thing.spec.it: a catch is known to zod only" },
  "a preprocessing": {
    it: z.preprocess((value) => value, text).describe("Prepared."),
    says: "Thing.spec.it: a pipe is known to zod only",
  },
  "a pattern with flags": {
    it: text.regex(/a/i).describe("Any case."),
    says: "Thing.spec.it: the flags 'i' of /a/i vanish",
  },
  "two patterns, as allOf": { it: text.regex(/a/).regex(/b/).describe("Both."), says: "'allOf' is not a word" },
  "an exclusive bound": { it: z.number().gt(3).describe("More."), says: "'exclusiveMinimum' is not a word" },
  "a nullable": { it: text.nullable().describe("Or null."), says: "'nullable' is not a word" },
  "a date-time of zod": {
    it: z.iso.datetime().max(30).describe("A time."),
    says: "the format 'date-time' is not used",
  },
  "a field of any type": { it: z.unknown().describe("Anything."), says: "Thing.spec.it: a node needs a type" },
  "a field without description": { it: z.string().max(3), says: "Thing.spec.it: a field needs a description" },
  "a field with a blank description": { it: text.describe(" "), says: "Thing.spec.it: a field needs a description" },
  "a field of a list item without description": {
    it: atomicList(z.object({ a: z.string().max(3) }), 3).describe("Items."),
    says: "Thing.spec.it[].a: a field needs a description",
  },
  "a text without bound": { it: z.string().describe("Long."), says: "Thing.spec.it: a text needs .max(…)" },
  "a list item without bound": {
    it: atomicList(z.string(), 3).describe("Long."),
    says: "Thing.spec.it[]: a text needs .max(…)",
  },
  "a map value without bound": {
    it: z.record(z.string().max(3), z.string()).meta({ maxProperties: 3 }).describe("Long."),
    says: "Thing.spec.it{}: a text needs .max(…)",
  },
  "a list without bound": {
    it: z.array(text).meta({ "x-kubernetes-list-type": "atomic" }).describe("Many."),
    says: "Thing.spec.it: a list needs .max(…)",
  },
  "a list that does not say how it is merged": {
    it: z.array(text).max(3).describe("Many."),
    says: "Thing.spec.it: a list needs to say how it is merged",
  },
  "a map without bound": {
    it: z.record(z.string().max(3), text).describe("Many."),
    says: "Thing.spec.it: a map needs .meta({ maxProperties })",
  },
  "a map whose keys have no bound": {
    it: z.record(z.string(), text).meta({ maxProperties: 3 }).describe("Many."),
    says: "Thing.spec.it: the keys of a map need .max(…)",
  },
  "a default": { it: text.default("x"), says: "Thing.spec.it: a schema default shows as drift" },
  "an enum value that YAML 1.1 takes for false": {
    it: z.enum(["Some", "Off"]).describe("A word."),
    says: "Thing.spec.it: YAML 1.1 does not read 'Off' as text",
  },
  "an enum value that YAML 1.1 takes for null": {
    it: z.enum(["Null"]).describe("A word."),
    says: "Thing.spec.it: YAML 1.1 does not read 'Null' as text",
  },
  "an enum value that YAML 1.1 takes for true": {
    it: z.enum(["y"]).describe("A word."),
    says: "Thing.spec.it: YAML 1.1 does not read 'y' as text",
  },
  "an enum value in another case": {
    it: z.enum(["verify-full"]).describe("A word."),
    says: "Thing.spec.it: the enum value 'verify-full' is not PascalCase",
  },
};

describe("the generator refuses", () => {
  test.each(Object.entries(refusals))("%s", (_sentence, { it, says }) => {
    expect(() => member(it)).toThrow(says);
  });

  test("a spec without description", () => {
    expect(() => generated(z.object({ it: text }))).toThrow("Thing.spec: a field needs a description");
  });
});

const inner = z.object({ id: marked("immutable", text).optional() });
const bypasses: Record<string, { readonly spec: z.ZodType; readonly says: string }> = {
  "an immutable field of an object that can be removed": {
    spec: specOf({ outer: inner.describe("Outer.").optional() }),
    says: "Thing.spec.outer.id: marked immutable, but Thing.spec.outer can be removed and set again",
  },
  "an immutable field two levels below what can be removed": {
    spec: specOf({
      outer: z
        .object({ inner: inner.describe("Inner.") })
        .describe("Outer.")
        .optional(),
    }),
    says: "Thing.spec.outer.inner.id: marked immutable",
  },
  "an immutable field of a list item": {
    spec: specOf({ list: atomicList(inner, 3).describe("Items.") }),
    says: "Thing.spec.list[].id: marked immutable, but Thing.spec.list[] can be removed",
  },
  "a one-way switch of an object that can be removed": {
    spec: specOf({
      outer: z
        .object({ on: marked("oneWay", z.boolean().describe("On.")) })
        .optional()
        .describe("Outer."),
    }),
    says: "Thing.spec.outer.on: marked oneWay",
  },
  "a rule that looks back, on an object that can be removed": {
    spec: specOf({
      outer: withRules(z.object({ a: text }), [{ rule: "self.a == oldSelf.a", message: "no" }])
        .describe("Outer.")
        .optional(),
    }),
    says: "Thing.spec.outer: a rule with oldSelf is bypassed",
  },
};

describe("the generator refuses, as a bypass,", () => {
  test.each(Object.entries(bypasses))("%s", (_sentence, { spec, says }) => {
    expect(() => generated(spec)).toThrow(says);
  });

  test("but accepts an immutable field of an object that is required", () => {
    expect(() => generated(specOf({ outer: inner.describe("Outer.") }))).not.toThrow();
  });

  test("but accepts an immutable field of an optional object that never changes itself", () => {
    const outer = marked("immutable", inner.describe("Outer.")).optional();
    expect(() => generated(specOf({ outer }))).not.toThrow();
  });
});

describe("the generator keeps", () => {
  test("every bound of a text", () => {
    const it = z.string().min(1).max(9).regex(/^a+$/).describe("Letters.");
    expect(member(it)).toEqual({
      description: "Letters.",
      type: "string",
      minLength: 1,
      maxLength: 9,
      pattern: "^a+$",
    });
  });

  test("the bounds of a number and what is required", () => {
    const spec = generated(specOf({ a: z.int().min(1).max(5).describe("A."), b: text.optional() }));
    expect(spec.required).toEqual(["a"]);
    expect(spec.properties?.a).toEqual({ description: "A.", type: "integer", minimum: 1, maximum: 5 });
  });

  test("the key and the bound of a map list", () => {
    const it = mapList(z.object({ name: text }), "name", 4)
      .min(1)
      .describe("Named.");
    expect(member(it)).toMatchObject({
      minItems: 1,
      maxItems: 4,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      items: { type: "object", required: ["name"] },
    });
  });

  test("the bounds of the keys of a map, as a CEL rule", () => {
    const it = z.record(z.string().min(1).max(5), text).meta({ maxProperties: 3 }).describe("Map.");
    expect(member(it)?.["x-kubernetes-validations"]).toEqual([
      { rule: "self.all(key, key.size() >= 1 && key.size() <= 5)", message: "keys have 1 to 5 characters" },
    ]);
  });

  test("the open content of reserved fields, and says that they are not available yet", () => {
    expect(member(reserved("Later."))).toEqual({
      description: "Not available yet. Later.",
      type: "object",
      "x-kubernetes-preserve-unknown-fields": true,
    });
    expect(member(reservedList("Later."))).toMatchObject({ type: "array", maxItems: 64 });
  });

  test("no mark of ours: they become rules of the parent, after its own", () => {
    const own = { rule: "true", message: "own" };
    const spec = generated(withRules(z.object({ a: marked("setOnce", text).optional() }), [own]).describe("Spec."));
    expect(JSON.stringify(spec)).not.toContain("openreg");
    expect(spec["x-kubernetes-validations"]?.map(({ message }) => message)).toEqual([
      "own",
      "a cannot be changed once it is set",
    ]);
  });

  test("words that are not ours: conditions of Kubernetes say True and False", () => {
    const conditions = mapList(z.object({ type: text, status: z.enum(["True", "False"]).describe("S.") }), "type", 3);
    expect(() => generated(specOf({ conditions: conditions.describe("C.") }))).not.toThrow();
  });
});
