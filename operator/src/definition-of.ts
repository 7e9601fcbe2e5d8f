/** Owns the reading of a version's definition: definitions are large and never change, so each is parsed once for as long as its version is cached. */
import { parseDefinition } from "@openreg/crds";
import type { Definition } from "@openreg/crds/types";
import type { ReportVersion } from "./objects.ts";

const definitions = new WeakMap<ReportVersion, Definition>();

/** The definition of a version. Throws when its text is none. */
export function definitionOf(version: ReportVersion): Definition {
  const definition = definitions.get(version) ?? parseDefinition(version.spec.definition);
  definitions.set(version, definition);
  return definition;
}
