/** What rules find: a Blocking finding ends the run before anything is published, a Correctable one takes its row out and keeps it. */
import { beforeAll, expect, test } from "vitest";
import { altered, newStory, type Run, type Story } from "./story.ts";

const date = "2027-01-07";
let story: Story;

beforeAll(async () => {
  story = await newStory("story-findings", { dates: [date], rows: 400 });
  await story.sftp(`rm -f /data/test/*${date.replaceAll("-", "")}*`);
});

test("a Blocking finding ends the run at PreValidation; nothing is published, nothing is delivered, the findings are kept", async () => {
  await story.sql(`UPDATE trade SET side = 'X' WHERE trade_id IN ('T2027010700000042', 'T2027010700000300')`);
  const run = await story.end(await story.createRun({ businessDate: date }));
  await story.sql(`UPDATE trade SET side = 'B' WHERE trade_id IN ('T2027010700000042', 'T2027010700000300')`);
  expect(run.status).toMatchObject({ state: "Failed", failure: { step: "PreValidation", code: "BlockingFindings" } });
  expect(run.status?.execution?.findings).toMatchObject({
    blocking: 2,
    byRule: [{ id: "DT-04", count: 2, firstRows: [42, 300] }],
  });
  expect(run.status?.execution?.artifacts ?? []).toEqual([]);
  expect(await story.store(`find ${folderOf(run)} -path '*artifacts/*' -type f | wc -l`)).toBe("0\n");
  expect(await story.sftp(`ls -A /data/test | grep -c ${date.replaceAll("-", "")} || true`)).toBe("0\n");
  const findings = await readLines(run, "findings.ndjson.zst");
  expect(findings).toMatchObject([
    { rule: "DT-04", severity: "Blocking", row: 42 },
    { rule: "DT-04", severity: "Blocking", row: 300 },
  ]);
});

test("a Correctable finding takes its row out, keeps it whole as an exception and delivers the rest", async () => {
  await story.sql(`UPDATE trade SET isin = 'DE0000000000' WHERE trade_id = 'T2027010700000007'`);
  const run = await story.end(await story.createRun({ businessDate: date }));
  expect(run.status).toMatchObject({
    state: "Completed",
    summary: { findings: expect.stringMatching(/^\d+W 0B 1C$/), delivered: "1/1" },
    execution: { rows: { fetched: 400, excluded: 1, written: 399 } },
  });
  const exceptions = await readLines(run, "exceptions.ndjson.zst");
  expect(exceptions).toHaveLength(1);
  expect(JSON.stringify(exceptions[0])).toContain("T2027010700000007");
  expect(JSON.stringify(exceptions[0])).toContain("DE0000000000");
  const name = run.status?.execution?.artifacts?.[0]?.fileName;
  expect(await story.sftp(`grep -c T2027010700000007 /data/test/${name} || true`)).toBe("0\n");
  expect(await story.sftp(`wc -l < /data/test/${name}`)).toBe("400\n");
});

test("a value that does not fit its column ends the run and names column and row", async () => {
  const report = JSON.parse(await story.kubectl(["get", "report", "daily-trades", "-o", "json"]));
  const [broken] = altered([report], "Report", (spec) => {
    const altered = structuredClone(spec) as unknown as { inputs: { sql: { query: string } }[] };
    for (const input of altered.inputs)
      input.sql.query = input.sql.query.replace("quantity,", "'many'::text AS quantity,");
    return altered;
  });
  await story.apply({
    apiVersion: report.apiVersion,
    kind: "Report",
    metadata: { name: "wrong-values" },
    spec: broken?.spec,
  });
  await story.kubectl(["wait", "--for=condition=Ready", "report/wrong-values", "--timeout=30s"]);
  const run = await story.end(await story.createRun({ reportRef: { name: "wrong-values" }, businessDate: date }));
  expect(run.status).toMatchObject({ state: "Failed", failure: { code: "SourceValueInvalid" } });
  expect(run.status?.failure?.message).toMatch(/row 1, column quantity/);
});

function folderOf(run: Run): string {
  return `runs/${run.metadata.name}/${run.metadata.uid}`;
}

/** The lines of a compressed file of the run, as values. */
async function readLines(run: Run, file: string): Promise<readonly unknown[]> {
  const unpack = `node -e 'process.stdout.write(require("zlib").zstdDecompressSync(require("fs").readFileSync(process.argv[1])))' ${folderOf(run)}/${file}`;
  const text = await story.store(unpack);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}
