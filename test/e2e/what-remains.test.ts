/** What outlives what: deleting a Report leaves its versions, runs and evidence. */
import { beforeAll, expect, test } from "vitest";
import { newStory, type Run, type Story } from "./story.ts";

const date = "2027-01-08";
let story: Story;
let run: Run;

beforeAll(async () => {
  story = await newStory("story-remains", { dates: [date], rows: 100 });
  run = await story.end(await story.createRun({ businessDate: date }));
});

test("deleting the Report leaves its versions, runs and evidence", async () => {
  await story.kubectl(["delete", "report", "daily-trades", "--timeout=30s"]);
  const version = (await story.run(run.metadata.name)).spec.reportVersionRef as { name: string };
  expect(await story.kubectl(["get", "reportversions", "-o", "name"])).toContain(version.name);
  expect((await story.run(run.metadata.name)).status?.state).toBe("Completed");
  expect(await story.store(`sha256sum '${run.status?.execution?.evidence?.key}'`)).toContain(
    run.status?.execution?.evidence?.sha256,
  );
});

test("deleting a run removes nothing from the store and is not held up", async () => {
  await story.kubectl(["delete", "run", run.metadata.name, "--timeout=30s"]);
  expect(await story.store(`sha256sum '${run.status?.execution?.evidence?.key}'`)).toContain(
    run.status?.execution?.evidence?.sha256,
  );
});
