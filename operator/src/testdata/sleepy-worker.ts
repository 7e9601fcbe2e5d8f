/** A check thread that does not get to run for a while, as on a busy machine: it uses no time of its own. */
import { parentPort } from "node:worker_threads";

parentPort?.on("message", () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  parentPort?.postMessage([]);
});
parentPort?.postMessage("ready");
