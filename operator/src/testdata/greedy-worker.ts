/** Plays a check that takes memory without end. */
import { parentPort } from "node:worker_threads";

parentPort?.on("message", () => {
  const kept: number[][] = [];
  for (;;) kept.push(Array.from({ length: 1000 }, (_one, index) => index * kept.length));
});
parentPort?.postMessage("ready");
