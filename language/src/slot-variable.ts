/** Names of the variables that generated code keeps values in. */
import type { Slot } from "./typed.ts";

const PREFIX = { column: "c", field: "f", lookup: "l", record: "d", run: "r", part: "p", variable: "v" } as const;
const SITE_PREFIX = { ...PREFIX, field: "s", lookup: "z", record: "y" } as const;

/** The variable that holds a slot's value. */
export function variableOf({ from, index }: Slot): string {
  return `${PREFIX[from]}${index}`;
}

/** The variable that holds why a slot has no value. */
export function siteVariableOf({ from, index }: Slot): string {
  return `${SITE_PREFIX[from]}${index}`;
}

/** The variables that reading needs: the value, and why there is none when it may fail. */
export function variablesOf(read: Slot & { readonly mayFail: boolean }): readonly string[] {
  return read.mayFail ? [variableOf(read), siteVariableOf(read)] : [variableOf(read)];
}
