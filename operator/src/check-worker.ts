/** Owns the check of definitions in a worker thread, so that a hostile definition costs two seconds and 64 MB, not the operator. */
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { parseDefinition } from "@openreg/crds";
import { checkDefinition } from "@openreg/language";

/** One remark about a definition; `line` and `column` count from 1. */
export interface DefinitionRemark {
  readonly path: string;
  readonly code: string;
  readonly severity: "Error" | "Warning";
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** The check, and how to end its thread. */
export interface DefinitionCheck {
  /** Remarks about a definition given as text; taking too long or too much memory is a remark too. Rejects only when closed. */
  check(definition: string): Promise<readonly DefinitionRemark[]>;
  close(): Promise<void>;
}

/** What the check is made of. */
export interface DefinitionCheckOptions {
  /** The program file that the thread runs: one that imports this file. */
  readonly workerFile: string | URL;
  readonly timeoutMilliseconds?: number;
  readonly memoryMegabytes?: number;
}

const mark = "openreg-definition-check";

/** A check with one thread of its own, which is made anew after it was killed. Definitions are checked one after the other. */
export function newDefinitionCheck(options: DefinitionCheckOptions): DefinitionCheck {
  let worker: Promise<Worker> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const checkNext = async (definition: string) => {
    worker ??= startWorker(options);
    const running = await worker;
    const remarks = await ask(running, definition, options.timeoutMilliseconds ?? 2_000);
    if (remarks) return remarks;
    worker = undefined;
    await running.terminate();
    return [tooExpensive];
  };
  return {
    check(definition) {
      const answer = last.then(() => checkNext(definition));
      last = answer.catch(() => undefined);
      return answer;
    },
    async close() {
      await last;
      await (await worker)?.terminate();
      worker = undefined;
    },
  };
}

const tooExpensive: DefinitionRemark = {
  path: "spec",
  code: "CheckTooExpensive",
  severity: "Error",
  line: 1,
  column: 1,
  message: "the definition takes more time or memory to check than is allowed",
  hint: "shorten the longest expressions and patterns",
};

async function startWorker({ workerFile, memoryMegabytes = 64 }: DefinitionCheckOptions): Promise<Worker> {
  const worker = new Worker(workerFile, {
    workerData: mark,
    resourceLimits: { maxOldGenerationSizeMb: memoryMegabytes },
    stdout: false,
  });
  worker.unref();
  await new Promise<void>((resolve, reject) => {
    worker.once("message", () => resolve());
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the check thread ended with ${code} before it was ready`)));
  });
  return worker;
}

/** The remarks, or undefined when the thread did not answer in time or died. */
function ask(
  worker: Worker,
  definition: string,
  milliseconds: number,
): Promise<readonly DefinitionRemark[] | undefined> {
  return new Promise((resolve) => {
    const end = (remarks: readonly DefinitionRemark[] | undefined) => {
      clearTimeout(timer);
      worker.removeAllListeners();
      worker.on("error", () => undefined); // a thread that is being killed may still fail
      resolve(remarks);
    };
    const timer = setTimeout(() => end(undefined), milliseconds);
    worker.once("message", (remarks: readonly DefinitionRemark[]) => end(remarks));
    worker.once("error", () => end(undefined));
    worker.once("exit", () => end(undefined));
    worker.postMessage(definition);
  });
}

function remarksOf(definition: string): readonly DefinitionRemark[] {
  return checkDefinition(parseDefinition(definition)).map(({ path, code, severity, line, column, message, hint }) => ({
    path,
    code,
    severity,
    line,
    column,
    message,
    hint,
  }));
}

if (!isMainThread && workerData === mark) {
  parentPort?.on("message", (definition: string) => parentPort?.postMessage(remarksOf(definition)));
  parentPort?.postMessage("ready");
}
