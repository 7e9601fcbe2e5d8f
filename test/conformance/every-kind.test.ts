/** Proves that no kind is without its test: a Connector and a Destination its call of the suite, a format its golden files. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { connectorKinds } from "../../runner/src/connectors/registry.ts";
import { destinationKinds } from "../../runner/src/destinations/registry.ts";
import { formatNames } from "../../runner/src/formats/registry.ts";

const testOf = (kind: string): string => readFileSync(join(import.meta.dirname, `${kind}.test.ts`), "utf8");

test.each(connectorKinds)("Connector kind %s calls the suite", (kind) =>
  expect(testOf(kind)).toContain("testConnector({"),
);

test.each(destinationKinds)("Destination kind %s calls the suite", (kind) =>
  expect(testOf(kind)).toContain("testDestination({"),
);

test.each(formatNames)("format %s has golden files", (name) => {
  const folder = join(import.meta.dirname, "../../runner/src/formats", kebabCase(name), "testdata");
  expect(readdirSync(folder).length).toBeGreaterThan(0);
});

function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
