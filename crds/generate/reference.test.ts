/** Says what the reference of a kind shows, and that generating it keeps what people wrote. */
import { describe, expect, test } from "vitest";
import { connector } from "../src/v1alpha1/connector.ts";
import { reportRun } from "../src/v1alpha1/report-run.ts";
import { newErrorReference } from "./error-reference.ts";
import { code, markdownTable, withGenerated } from "./generated-part.ts";
import { newReference, splitDefault } from "./reference.ts";

const part = { title: "Thing", generated: "new" };

describe("a page", () => {
  test("keeps what people wrote around the generated part", () => {
    const page = "# Mine\n\n<!-- generated:begin -->\nold\n<!-- generated:end -->\n\nalso mine\n";
    expect(withGenerated(page, part)).toBe(page.replace("old", "new"));
  });

  test("that does not exist begins with its title", () => {
    expect(withGenerated(undefined, part)).toBe("# Thing\n\n<!-- generated:begin -->\nnew\n<!-- generated:end -->\n");
  });

  test.each(["mine", "<!-- generated:begin -->", "<!-- generated:end --> <!-- generated:begin -->"])(
    "that lost its marks is refused: %s",
    (page) => expect(() => withGenerated(page, part)).toThrow("the page 'Thing' needs the lines"),
  );

  test("is the same when it is generated twice", () => {
    const once = withGenerated(undefined, part);
    expect(withGenerated(once, part)).toBe(once);
  });
});

describe("the reference", () => {
  const lines = newReference(connector).split("\n");
  const line = (field: string) => lines.find((one) => one.startsWith(`| \`${field}\``));

  test.each([
    ["type, bounds and default", "spec.postgresql.port", "| integer |  | 1 to 65535 | 5432 | TCP port. |"],
    ["what is required", "spec.credentialsSecretRef", "| object | yes |"],
    ["words", "spec.postgresql.tls.mode", "`VerifyFull`, `VerifyCA`, `Require`, `Disable` | VerifyFull |"],
    ["what is not available yet", "spec.mysql", "| is not available yet |"],
    ["items of lists", "status.conditions[].type", "| text | yes | 1 to 63 characters;"],
  ])("shows %s", (_what, field, shown) => expect(line(field)).toContain(shown));

  test("shows what cannot be changed and the default of the schema", () => {
    const run = newReference(reportRun);
    expect(run).toContain("`Live`, `Test`; cannot be changed: create a new ReportRun | Test |");
    expect(run).toContain("| `status` | this state cannot follow the state that the run is in |");
  });
});

test.each([
  ["TCP port. Default 5432.", "TCP port.", "5432"],
  ["The suffix. Default .part.", "The suffix.", ".part"],
  ["What to do. Default Refuse. Numbers are never altered.", "What to do. Numbers are never altered.", "Refuse"],
  ["The store. Default the ArtifactStore named default.", "The store.", "the ArtifactStore named default"],
  ["Nothing to say.", "Nothing to say.", ""],
])("the default is taken out of: %s", (description, meaning, defaultText) => {
  expect(splitDefault(description)).toEqual({ meaning, defaultText });
});

test("a table keeps bars and line ends inside of its cells", () => {
  expect(markdownTable(["a"], [["x | y\nz"]])).toBe("| a |\n| --- |\n| x \\| y z |");
  expect(code("a`b")).toBe("`` a`b ``");
});

test("the reference of failures says of each whether it is retried", () => {
  expect(newErrorReference()).toMatch(/^\| `OutOfMemory` \| .* \| yes \| .* \|$/m);
  expect(newErrorReference()).toMatch(/^\| `BlockingFindings` \| .* \| no \| .* \|$/m);
});
