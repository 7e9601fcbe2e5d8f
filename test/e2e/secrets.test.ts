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
  const setPassword = (name: string, password: string) =>
    story.kubectl(["patch", "secret", name, "-p", JSON.stringify({ stringData: { password } })]);
  expect(await endOfRun()).toBe("Done");
  await setPassword("regulator-test", canary);
  expect(await endOfRun()).toBe("DestinationAuthenticationFailed");
  await setPassword("trades-db", canary);
  expect(await endOfRun()).toBe("SourceAuthenticationFailed");
  for (const code of ["Done", "DestinationAuthenticationFailed", "SourceAuthenticationFailed"])
    expect(log).toContain(code);
});

/** Makes a run, reads its Pod's log for as long as there is one, and gives the reason of its last attempt. */
async function endOfRun(): Promise<string | undefined> {
  const name = await story.createRun({ businessDate: date });
  let isOver = false;
  const end = story.end(name).finally(() => {
    isOver = true;
  });
  let text = "";
  while (!isOver) {
    const read = await story.kubectl(["logs", "-l", `openreg.dev/run=${name}`, "--tail=-1"]).catch(() => "");
    if (read.length > text.length) text = read;
  }
  log += text;
  return (await end).status?.attempts?.at(-1)?.reason;
}

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
