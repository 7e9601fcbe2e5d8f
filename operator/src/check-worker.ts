/** Owns the check of definitions in a worker thread, so that a hostile definition costs two seconds and 64 MB, not the operator. */
import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { parseDefinition } from "@openreg/crds";
import { checkDefinition, checkRuleSet, type DefinitionDiagnostic } from "@openreg/language";

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
  /** Remarks about a definition given as text, with the texts of its parts by name; taking too long or too much memory is a remark too. Rejects only when closed. */
  check(definition: string, parts?: ReadonlyMap<string, string>): Promise<readonly DefinitionRemark[]>;
  /** Remarks about the spec of a RuleSet given as JSON text. */
  checkRuleSet(spec: string): Promise<readonly DefinitionRemark[]>;
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

/** What the thread is asked. */
type Question =
  | { readonly kind: "Definition"; readonly text: string; readonly parts: ReadonlyMap<string, string> }
  | { readonly kind: "RuleSet"; readonly text: string };

/** A check with one thread of its own, which is made anew after it was killed. Definitions are checked one after the other. */
export function newDefinitionCheck(options: DefinitionCheckOptions): DefinitionCheck {
  let thread: Promise<CheckThread> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const checkNext = async (question: Question) => {
    if ((await thread)?.isOver()) thread = undefined;
    thread ??= startThread(options);
    const running = await thread.catch((error: unknown) => {
      thread = undefined;
      throw error;
    });
    const remarks = await running.ask(question, options.timeoutMilliseconds ?? 2_000);
    if (remarks) return remarks;
    thread = undefined;
    await running.end();
    return [tooExpensive];
  };
  const inTurn = (question: Question) => {
    const answer = last.then(() => checkNext(question));
    last = answer.catch(() => undefined);
    return answer;
  };
  return {
    check: (text, parts = new Map()) => inTurn({ kind: "Definition", text, parts }),
    checkRuleSet: (text) => inTurn({ kind: "RuleSet", text }),
    async close() {
      await last;
      await (await thread)?.end();
      thread = undefined;
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

type Answer = readonly DefinitionRemark[] | undefined;

interface CheckThread {
  /** The remarks, or undefined when the thread did not answer in time or died. */
  ask(question: Question, milliseconds: number): Promise<Answer>;
  end(): Promise<unknown>;
  /** Whether it ended by itself since. */
  isOver(): boolean;
}

/** Starts the thread and waits until it has loaded the language, so that loading does not count as checking. */
async function startThread({ workerFile, memoryMegabytes = 64 }: DefinitionCheckOptions): Promise<CheckThread> {
  const worker = new Worker(workerFile, {
    workerData: mark,
    resourceLimits: { maxOldGenerationSizeMb: memoryMegabytes },
  });
  worker.unref();
  let waiting: (answer: Answer) => void = () => undefined;
  let over = false;
  await new Promise<void>((resolve, reject) => {
    worker.once("message", () => resolve());
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the check thread ended with ${code} before it was ready`)));
  });
  worker.on("message", (remarks: readonly DefinitionRemark[]) => waiting(remarks));
  worker.on("error", () => waiting(undefined));
  worker.on("exit", () => {
    over = true;
    waiting(undefined);
  });
  return {
    isOver: () => over,
    end: () => worker.terminate(),
    async ask(question, milliseconds) {
      const before = await threadMilliseconds(worker);
      const answer = new Promise<Answer>((resolve) => {
        waiting = resolve;
      });
      worker.postMessage(question);
      // On a busy machine the thread may not get to run: what counts is its own time, up to ten times as much on the wall.
      for (let wait = 0; wait < 10; wait += 1) {
        const first = await Promise.race([answer, sleep(milliseconds, stillWaiting, { ref: false })]);
        if (first !== stillWaiting) return first;
        if ((await threadMilliseconds(worker)) - before >= milliseconds) return undefined;
      }
      return undefined;
    },
  };
}

const stillWaiting = Symbol("still waiting");

/** How long the thread has computed; without end for one that is gone. */
async function threadMilliseconds(worker: Worker): Promise<number> {
  try {
    const { user, system } = await worker.cpuUsage();
    return (user + system) / 1000;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** More remarks than this help nobody, and have to be copied out of the thread. */
const mostRemarks = 100;

function answerTo(question: Question): readonly DefinitionDiagnostic[] {
  if (question.kind === "RuleSet") return checkRuleSet(JSON.parse(question.text));
  return checkDefinition(parseDefinition(question.text), question.parts);
}

function remarksOf(question: Question): readonly DefinitionRemark[] {
  const found = answerTo(question);
  const errorsFirst = found.toSorted(
    (first, second) => Number(second.severity === "Error") - Number(first.severity === "Error"),
  );
  return errorsFirst.slice(0, mostRemarks).map(({ path, code, severity, line, column, message, hint }) => ({
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
  parentPort?.on("message", (question: Question) => parentPort?.postMessage(remarksOf(question)));
  parentPort?.postMessage("ready");
}
