/** Owns the XML format of an output: a flat, ordered list of element paths. */
import { z } from "zod";
import { atomicList, configMapKeyReference, exactlyOne, expressionText, withRules } from "./schema.ts";

const elementPath = z
  .string()
  .min(1)
  .max(512)
  .regex(
    /^([A-Za-z_][-A-Za-z0-9_.]*:)?[A-Za-z_][-A-Za-z0-9_.]*(\/([A-Za-z_][-A-Za-z0-9_.]*:)?[A-Za-z_][-A-Za-z0-9_.]*)*$/,
  );

const attributes = z
  .record(z.string().min(1).max(128), expressionText)
  .meta({ maxProperties: 8 })
  .optional()
  .describe("An expression for each attribute; one that is null is left out.");

const when = expressionText.optional();

const element = withRules(
  z.object({
    at: elementPath.describe(
      "The path of the element below the record. Elements with the same beginning share their parents; a prefix holds for the elements below it.",
    ),
    when: when.describe("The condition under which it is written. Default always."),
    value: expressionText.optional().describe("Its text. A value that is null writes nothing."),
    each: expressionText.optional().describe("A list: one element for each item."),
    attributes,
  }),
  [exactlyOne(["value", "each"], "exactly one of value, each must be set")],
);

const choice = z.object({
  when: when.describe("The condition of the choice; the first one that is true is taken. Default true."),
  at: elementPath.optional().describe("The path below the record that holds the elements. Default the record itself."),
  elements: atomicList(element, 500).min(1).describe("The elements, in the order of the schema."),
});

const envelope = (what: string) =>
  atomicList(
    z.object({
      at: elementPath.describe("The path of the element from the root of the document."),
      value: expressionText.describe("Its text; an expression over run and part."),
      attributes,
    }),
    64,
  )
    .optional()
    .describe(what);

/** How an XML document is written. */
export const xml = z
  .object({
    schema: z
      .object({ configMapKeyRef: configMapKeyReference("The text of the schema (XSD), complete in one document.") })
      .optional()
      .describe("The schema that each document is checked against."),
    namespaces: z
      .record(
        z
          .string()
          .min(1)
          .max(32)
          .regex(/^[A-Za-z_][-A-Za-z0-9_.]*$/),
        z.string().min(1).max(512),
      )
      .meta({ maxProperties: 16 })
      .optional()
      .describe("The namespace of each prefix used in paths."),
    header: envelope("Elements before the records, in order."),
    recordAt: elementPath.describe("The path of the record from the root of the document; it is repeated."),
    choices: atomicList(choice, 8)
      .min(1)
      .describe("What a record consists of. A record for which no choice holds ends the run."),
    trailer: envelope("Elements after the records, in order."),
  })
  .describe("An XML document.");
