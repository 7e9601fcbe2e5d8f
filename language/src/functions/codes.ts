/** Checks of identifiers and codes used in regulatory reports. */
import { BOOL } from "../value-type.ts";
import { type Callable, simple } from "./callable.ts";

const NAMES = ["isLEI", "isISIN", "isCFI", "isMIC", "isCurrency", "isCountry", "isUTI"] as const;

/** All such checks; each takes one text and gives true or false. */
export const CODE_FUNCTIONS: readonly Callable[] = NAMES.map((name) =>
  simple({
    name,
    form: "function",
    usage: `${name}(text)`,
    wanted: ["string"],
    type: BOOL,
    code: ([a]) => `${name}(${a})`,
  }),
);
