/** No secret appears in a log, a status, an event, a definition or the store, not even when a login fails. */
import { beforeAll, expect, inject, test } from "vitest";
import { newKubectl } from "../cluster/kubectl.ts";
import { newStory, type Story } from "./story.ts";

const date = "2027-01-11";
/** A password that is used nowhere else, so each occurrence is a leak. */
const canary = "canary-7f3c91-secret";
let story: Story;
let log = "";

beforeAll(async () => {
  story = await newStory("story-secrets", { dates: [date], rows: 100 });
  const right = await story.createRun({ businessDate: date });
  await story.until(right, ({ status }) => (status?.execution?.steps.length ?? 0) > 0);
  log += await story.kubectl(["logs", "-l", `openreg.dev/run=${right}`, "--tail=-1", "-f"]);
  await story.end(right);
  const secret = (name: string) =>
    story.kubectl(["patch", "secret", name, "-p", JSON.stringify({ stringData: { password: canary } })]);
  await secret("regulator-test");
  await secret("trades-db");
  const wrong = await story.createRun({ businessDate: date });
  expect((await story.end(wrong)).status?.failure?.code).toBe("SourceAuthenticationFailed");
});

const needles = (): readonly string[] => {
  const { databasePassword, sftpPassword } = inject("shared").peers;
  return [canary, databasePassword, sftpPassword].flatMap((text) => [
    text,
    Buffer.from(text).toString("base64").replace(/=+$/, ""),
    Buffer.from(text).toString("hex"),
    encodeURIComponent(text),
  ]);
};

const places: Record<string, () => Promise<string>> = {
  "the runner's log": async () => log,
  "the operator's log": () =>
    newKubectl(inject("shared").cluster)([
      "-n",
      "openreg-system",
      "logs",
      "-l",
      "app.kubernetes.io/component=operator",
      "--tail=-1",
    ]),
  "our objects": () =>
    story.kubectl(["get", "reportruns,reports,reportversions,connectors,destinations,artifactstores", "-o", "yaml"]),
  "Jobs, Pods, ConfigMaps and Events": () => story.kubectl(["get", "jobs,pods,configmaps,events", "-o", "yaml"]),
  "the store": () =>
    story.store(
      'find . -type f | while read -r file; do case $file in *.zst) node -e \'process.stdout.write(require("zlib").zstdDecompressSync(require("fs").readFileSync(process.argv[1])))\' "$file";; *) cat "$file";; esac; done',
    ),
};

test.each(Object.entries(places))("no secret appears in %s", async (_place, read) => {
  const text = await read();
  expect(text.length).toBeGreaterThan(100);
  for (const needle of needles()) expect(text.includes(needle)).toBe(false);
});
