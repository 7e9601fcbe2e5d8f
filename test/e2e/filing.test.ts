/** A filing is met once: a second Live run of the same filing sends nothing, a resubmission needs a reason. */
import { beforeAll, expect, test } from "vitest";
import { newStory, type Run, type Story } from "./story.ts";

const date = "2027-01-06";
let story: Story;
let first: Run;

beforeAll(async () => {
  story = await newStory("story-filing", { dates: [date], rows: 300 });
  await story.sftp(`rm -f /data/live/*${date.replaceAll("-", "")}*`);
  first = await story.end(await story.createRun({ businessDate: date, mode: "Live" }));
});

test("the first Live run files", async () => {
  expect(first.status).toMatchObject({ state: "Completed", filing: { met: true } });
  expect(await filesAtServer()).toHaveLength(1);
});

test("a second Live run of the same filing ends as AlreadyFiled, names the first and sends nothing", async () => {
  const before = await story.sftp("ls -l --time-style=full-iso /data/live");
  const second = await story.end(await story.createRun({ businessDate: date, mode: "Live" }));
  expect(second.status?.state).toBe("AlreadyFiled");
  const succeeded = second.status?.conditions?.find((one) => one.type === "Succeeded");
  expect(succeeded?.message).toContain(first.metadata.name);
  expect(second.status?.execution?.deliveries ?? []).toEqual([]);
  expect(await story.sftp("ls -l --time-style=full-iso /data/live")).toBe(before);
});

test("a Test run of the same date is no filing", async () => {
  const rehearsal = await story.end(await story.createRun({ businessDate: date }));
  expect(rehearsal.status?.state).toBe("Completed");
});

test("resubmitting needs a reason", async () => {
  const rerunOf = { name: first.metadata.name, resubmit: true };
  await expect(story.createRun({ businessDate: date, mode: "Live", rerunOf })).rejects.toThrow(
    /resubmit needs a reason/,
  );
});

test("a resubmission with a reason is the next submission", async () => {
  const rerunOf = { name: first.metadata.name, resubmit: true, reason: "the receiver lost the file" };
  await story.sftp(`rm -f /data/live/*${date.replaceAll("-", "")}*`);
  const again = await story.end(await story.createRun({ businessDate: date, mode: "Live", rerunOf }));
  expect(again.status).toMatchObject({ state: "Completed", execution: { filing: { submission: 2 } } });
  expect(await filesAtServer()).toHaveLength(1);
});

test("a run whose Report names no receiver of its mode fails and says so", async () => {
  const report = JSON.parse(await story.kubectl(["get", "report", "daily-trades", "-o", "json"]));
  const { deliverTo, ...spec } = report.spec;
  const onlyTest = deliverTo.filter(
    (one: { destinationRef: { name: string } }) => one.destinationRef.name === "regulator-test",
  );
  await story.apply({
    apiVersion: report.apiVersion,
    kind: "Report",
    metadata: { name: "only-rehearsed" },
    spec: { ...spec, deliverTo: onlyTest },
  });
  await story.kubectl(["wait", "--for=condition=Ready", "report/only-rehearsed", "--timeout=30s"]);
  const run = await story.end(
    await story.createRun({ reportRef: { name: "only-rehearsed" }, businessDate: date, mode: "Live" }),
  );
  expect(run.status).toMatchObject({ state: "Failed", failure: { code: "NoDestinationForMode" } });
});

async function filesAtServer(): Promise<readonly string[]> {
  const listing = await story.sftp("ls -A /data/live");
  return listing.split("\n").filter((name) => name.includes(date.replaceAll("-", "")));
}
