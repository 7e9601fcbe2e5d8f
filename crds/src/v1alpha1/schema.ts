/** Owns the small vocabulary from which the kinds are built: names, marks the generator turns into CEL, reserved fields. */
import { z } from "zod";

/** One CEL rule of a schema, as `x-kubernetes-validations` holds it. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
}

/**
 * Marks of a field that the generator turns into rules on its parent, where removing the field first cannot bypass them.
 * `immutable`: never changes, not even from absent; `setOnce`: may be added, then never changes; `oneWay`: a switch that only goes on;
 * `reserved`: named here, refused until it is built.
 */
export type FieldMark = "immutable" | "setOnce" | "oneWay" | "reserved";

/** Adds CEL rules to a schema; the message is what a person reads. */
export function withRules<T extends z.ZodType>(schema: T, rules: readonly CelRule[]): T {
  return schema.meta({ ...schema.meta(), "x-kubernetes-validations": rules }) as T;
}

/** Marks a field; see FieldMark. */
export function marked<T extends z.ZodType>(mark: FieldMark, schema: T): T {
  return schema.meta({ ...schema.meta(), "x-openreg-mark": mark }) as T;
}

/** The rule "exactly one of these members is set". */
export function exactlyOne(members: readonly string[], message: string): CelRule {
  return { rule: `[${members.map((member) => `has(self.${member})`).join(", ")}].filter(x, x).size() == 1`, message };
}

/** The rules of the name of a kind's objects: a DNS label, so that references and labels can hold it; `why` says why it is no longer. */
export function nameRules(kind: string, maxLength: number, why: string): readonly CelRule[] {
  const name = `the name of ${/^[AEIO]/.test(kind) ? "an" : "a"} ${kind}`;
  return [
    {
      rule: `self.metadata.name.size() <= ${maxLength}`,
      message: `${name} has at most ${maxLength} characters, so that ${why}`,
    },
    { rule: "!self.metadata.name.contains('.')", message: `${name} has no dots` },
  ];
}

/** A field that is named and refused as "not available yet"; it takes any object. */
export function reserved(description: string) {
  const anyObject = z.looseObject({}).meta({ "x-kubernetes-preserve-unknown-fields": true }).describe(description);
  return marked("reserved", anyObject).optional();
}

/** A reserved field that holds a list. */
export function reservedList(description: string) {
  const anyObject = z.looseObject({}).meta({ "x-kubernetes-preserve-unknown-fields": true });
  return marked("reserved", atomicList(anyObject, 64).describe(description)).optional();
}

/** A reserved field that holds text. */
export function reservedText(description: string) {
  return marked("reserved", z.string().max(253).describe(description)).optional();
}

/** A list whose items are told apart by one of their fields. */
export function mapList<T extends z.ZodType>(item: T, key: string, maxItems: number) {
  return z
    .array(item)
    .max(maxItems)
    .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key] });
}

/** A list that is compared as a whole. */
export function atomicList<T extends z.ZodType>(item: T, maxItems: number) {
  return z.array(item).max(maxItems).meta({ "x-kubernetes-list-type": "atomic" });
}

/** A name as Kubernetes objects have it: a DNS label of at most 63 characters. */
export const objectName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);

/** A name that expressions can use: a letter, then letters, digits and underscores. */
export const identifier = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[A-Za-z][A-Za-z0-9_]*$/);

/** An expression. */
export const expressionText = z.string().min(1).max(4096);

/** The id of a rule or of a finding. */
export const ruleId = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?$/);

/** How much a violated rule matters: report it, take the row out, or stop. */
export const severity = z.enum(["Warning", "Blocking", "Correctable"]);

/** A date `YYYY-MM-DD`; the format makes the API server refuse days that no calendar has. */
export const isoDate = z
  .string()
  .min(10)
  .max(10)
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .meta({ format: "date" });

/** From when until when something holds. */
export const effective = z
  .object({
    from: isoDate.optional().describe("The first day on which it holds. Default always."),
    until: isoDate.optional().describe("The first day on which it no longer holds. Default never."),
    basis: z
      .enum(["BusinessDate", "SubmissionDate"])
      .optional()
      .describe(
        "The day that counts: the business date of the run, or the day on which the run was created. Default BusinessDate.",
      ),
  })
  .describe("From when until when it holds. Default always.");

/** A time in UTC, RFC 3339, at most nine fraction digits. */
export const instantText = z
  .string()
  .min(20)
  .max(30)
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/);

/** A host name or address, without port and without brackets. */
export const hostName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9]([-A-Za-z0-9.:]*[A-Za-z0-9])?$/);

/** A TCP port. */
export const port = z.int().min(1).max(65535);

/** A Kubernetes quantity such as `512Mi` or `500m`. */
export const quantity = z
  .string()
  .min(1)
  .max(32)
  .regex(/^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/);

/** A key of a ConfigMap or a Secret. */
const configMapKey = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/);

/** A sha256 as 64 lower-case hex digits. */
export const sha256Hex = z
  .string()
  .min(64)
  .max(64)
  .regex(/^[0-9a-f]{64}$/);

/** A reference to an object of the same namespace. */
export function reference(kind: string) {
  return z
    .object({ name: objectName.describe(`Name of the ${kind}, in the same namespace.`) })
    .describe(`The ${kind}, in the same namespace.`);
}

/** A reference to one text in a ConfigMap of the same namespace. */
export function configMapKeyReference(what: string) {
  return z
    .object({
      name: objectName.describe("Name of the ConfigMap, in the same namespace."),
      key: configMapKey.describe("The key in it."),
    })
    .describe(what);
}
