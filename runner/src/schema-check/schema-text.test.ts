/** Proves that a schema reaches for nothing outside its text. */
import { expect, test } from "vitest";
import { splitSchema } from "./schema-text.ts";

const open = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"';

test("documents one after the other are told apart, with their namespaces, and imports lose their place", () => {
  const text = `<?xml version="1.0"?>\n<!-- <xs:schema> -->${open} targetNamespace='urn:a'><xs:import namespace="urn:b"\n schemaLocation="http://host/b.xsd"/></xs:schema>
<?xml version="1.0"?><schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:b"></schema>`;
  expect(splitSchema(text)).toEqual([
    { namespace: "urn:a", text: `${open} targetNamespace='urn:a'><xs:import namespace="urn:b"/></xs:schema>` },
    { namespace: "urn:b", text: '<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:b"></schema>' },
  ]);
});

const refused: Record<string, readonly [text: string, reason: RegExp]> = {
  "a document type": [`<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${open}></xs:schema>`, /document type/],
  "an include": [`${open}><xs:include schemaLocation="file:///etc/passwd"/></xs:schema>`, /includes another document/],
  "a redefine": [`${open}><xs:redefine schemaLocation="x.xsd"/></xs:schema>`, /includes another document/],
  "no schema": ["<a/>", /holds no xs:schema/],
  "something else beside it": [`${open}></xs:schema><a/>`, /holds more than xs:schema documents: "<a\/>"/],
};
test.each(Object.entries(refused))("refuses %s", (_sentence, [text, reason]) => {
  expect(() => splitSchema(text)).toThrow(reason);
});
