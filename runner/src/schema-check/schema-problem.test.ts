/** Proves that problems name line, element and reason, and show no value. */
import { expect, test } from "vitest";
import { readProblem } from "./schema-problem.ts";

const problems: Record<string, { said: string; read: ReturnType<typeof readProblem> }> = {
  "a facet": {
    said: "-:70003: Schemas validity error : Element '{urn:t}Id': [facet 'pattern'] The value 'Anna O'Hara's\nid' is not accepted by the pattern '[A-Z]{1,52}'.",
    read: {
      line: 70003,
      element: "Id",
      message: "[facet 'pattern'] The value is not accepted by the pattern '[A-Z]{1,52}'.",
    },
  },
  "an attribute": {
    said: "-:1: Schemas validity error : Element 'Tx', attribute 'c': [facet 'length'] The value 'Anna' has a length of '4'; this differs from the allowed length of '3'.",
    read: {
      line: 1,
      element: "Tx@c",
      message: "[facet 'length'] The value has a length of '4'; this differs from the allowed length of '3'.",
    },
  },
  "a type": {
    said: "-:3: element Amt: Schemas validity error : Element '{urn:t}Amt': 'An' is not a valid value of the na' is not a valid value of the atomic type 'xs:decimal'.",
    read: { line: 3, element: "Amt", message: "The value is not a valid value of the atomic type 'xs:decimal'." },
  },
  "a key": {
    said: "-:9: Schemas validity error : Element '{urn:t}Tx': Duplicate key-sequence ['Anna'] in unique identity-constraint '{urn:t}u'.",
    read: { line: 9, element: "Tx", message: "Duplicate key-sequence in unique identity-constraint '{urn:t}u'." },
  },
  "an order": {
    said: "-:1: Schemas validity error : Element '{urn:t}B': This element is not expected. Expected is ( {urn:t}A ).",
    read: { line: 1, element: "B", message: "This element is not expected. Expected is ( {urn:t}A )." },
  },
  "words that were cut": {
    said: "-:3: Schemas validity error : Element 'Nm': [facet 'maxLength'] The value 'Anna Anna Anna",
    read: { line: 3, element: "Nm", message: "[facet 'maxLength'] The value is not allowed" },
  },
  "a document that is broken": {
    said: "-:2: parser error : Premature end of data in tag R line 1\n<Tx>Anna</Tx>\n   ^",
    read: { line: 2, element: undefined, message: "Premature end of data in tag R line 1" },
  },
};
test.each(Object.entries(problems))("%s is read without its value", (_sentence, { said, read }) => {
  expect(readProblem(said)).toEqual(read);
});
