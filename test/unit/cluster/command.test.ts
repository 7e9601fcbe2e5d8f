/** Tests how programs are run, and what is said when they fail. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run, succeeds } from "../../cluster/command.ts";

test("a program's output, input and environment are passed through", async () => {
  expect(await run("sh", ["-c", 'cat; printf "$COLOUR"'], { input: "sky ", env: { COLOUR: "blue" } })).toBe("sky blue");
});

test("a failure names the program, its exit code, its last words, the log and what to do next", async () => {
  const folder = await mkdtemp(join(tmpdir(), "openreg-command-"));
  const log = join(folder, "logs", "sh.log");
  const failed = run("sh", ["-c", "echo before; echo no disk >&2; exit 3"], { log, next: "Free disk space." });
  await expect(failed).rejects.toThrow(
    /^sh -c .* failed \(3\):\n {4}no disk\n {2}log: {2}.*sh\.log\n {2}next: Free disk space\.$/s,
  );
  expect(await readFile(log, "utf8")).toMatch(/\+ sh -c .*before\n/s);
  await rm(folder, { recursive: true });
});

test("a program that is not there fails like one that fails", async () => {
  await expect(run("/no/such/program", [])).rejects.toThrow(/ENOENT/);
  expect(await succeeds("/no/such/program", [])).toBe(false);
  expect(await succeeds("true", [])).toBe(true);
});
