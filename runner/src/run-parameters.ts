/** Owns the parameters of a Report as expressions see them. */
import type { Definition } from "@openreg/crds";
import type { RunParameter } from "@openreg/language";

/** The parameters of a definition; one without default that no run must name may be null. */
export function runParametersOf(definition: Definition): readonly RunParameter[] {
  return definition.parameters.map(({ name, type, default: value, required }) => ({
    name,
    type,
    optional: value === undefined && !required,
  }));
}
