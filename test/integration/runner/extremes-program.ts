/** Owns a process that runs the Report over the table of extremes and prints the hashes of its files: zone and locale of a process are set when it starts. */
import { runOverExtremes } from "./exact-run.ts";

const [source = ""] = process.argv.slice(2);
const { end, remove } = await runOverExtremes(JSON.parse(source), { lanes: 2 });
await remove();
const files = end.execution.artifacts.map(({ fileName, sha256 }) => `${fileName} ${sha256}`);
const { timeZone, locale } = Intl.DateTimeFormat().resolvedOptions();
console.log(JSON.stringify({ files, timeZone, locale }));
