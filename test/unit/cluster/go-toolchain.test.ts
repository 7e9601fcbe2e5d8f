/** Tests which Go is taken from PATH. */
import { expect, test } from "vitest";
import { isNewEnough } from "../../cluster/go-toolchain.ts";

const cases: Record<string, { readonly given: string; readonly expected: boolean }> = {
  "Debian 12's Go is too old": { given: "go version go1.19.8 linux/amd64", expected: false },
  "the version before the wanted one is too old": { given: "go version go1.25.9 linux/amd64", expected: false },
  "the wanted version is taken": { given: "go version go1.26.0 linux/amd64", expected: true },
  "a newer version is taken": { given: "go version go1.27rc1 linux/amd64", expected: true },
  "something else is not Go": { given: "", expected: false },
};

test.each(Object.entries(cases))("%s", (_sentence, { given, expected }) => {
  expect(isNewEnough(given)).toBe(expected);
});
