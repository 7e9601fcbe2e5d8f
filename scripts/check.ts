/** The fast check: types, lint and boundaries, unused code. Ends with 1 when one of them finds something. */
import { type CommandResult, runCommand, runModule } from "./run-command.ts";

const checks: Record<string, () => Promise<CommandResult>> = {
  types: () => runModule("typescript/bin/tsc", ["--noEmit", "-p", "."]),
  "lint and boundaries": () => runModule("@biomejs/biome/bin/biome", ["check", "--error-on-warnings", "."]),
  "unused code": () => runModule("knip/bin/knip.js", []),
  "generated files": () => runCommand(process.execPath, ["scripts/verify.ts"]),
};

const results = await Promise.all(
  Object.entries(checks).map(async ([name, check]) => {
    const started = performance.now();
    const result = await check();
    return { name, ...result, seconds: (performance.now() - started) / 1000 };
  }),
);

for (const { name, code, output, seconds } of results) {
  console.log(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds.toFixed(1)} s)`);
  if (code !== 0) console.log(output);
}
process.exitCode = results.every(({ code }) => code === 0) ? 0 : 1;
