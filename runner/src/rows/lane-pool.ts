/**
 * Owns the lanes of an input: worker threads that each work on one piece after the other, in turn.
 * The first pieces are worked on by the main thread, so that few rows start no thread. A lane that dies ends the run.
 */
import { setFlagsFromString } from "node:v8";
import { Worker } from "node:worker_threads";
import { codeOf, messageOf, StepError } from "../errors.ts";
import type { Lane, LaneWork, PieceResult } from "./lane.ts";
import { type LaneAnswer, type LaneRequest, type LaneStart, readError, readResult } from "./lane-messages.ts";
import type { LaneSource } from "./lane-spec.ts";
import { type LanePlan, newRowLane } from "./row-lane.ts";

/** How many pieces the main thread works on before lanes are started. */
export const piecesOnMainThread = 4;

const workerFile = new URL(import.meta.url.endsWith(".cjs") ? "lane-worker.cjs" : "lane-worker.ts", import.meta.url);

// texts of rows die young: more room for them made no lane faster, and a run larger with every lane
const resourceLimits = { maxYoungGenerationSizeMb: 24 };

// a run begins with a large heap for bytes outside of it, which lanes do not have: theirs would fill with old rows before they are collected
const laneHeap = "--initial-old-space-size=32";

/** What a pool is made from. */
export interface PoolPlan extends LanePlan {
  /** How many threads; 0 keeps all work on the main thread. */
  readonly lanes: number;
  /** What a thread runs; default the lane. */
  readonly program?: URL;
  /** Megabytes that the objects of a thread may take; default what Node allows. */
  readonly heapMegabytes?: number;
}

/** Lanes for the rows of an input. Throws StepError `PlanInvalid`. */
export function newLanePool(plan: PoolPlan): Lane {
  const main = newRowLane(plan);
  if (plan.lanes === 0) return main;
  const pool = new LanePool(plan, main.places.shared);
  let pieces = 0;
  return {
    ...main,
    run: (work) => {
      const number = pieces;
      pieces += 1;
      return number < piecesOnMainThread ? main.run(work) : pool.run(work, number);
    },
    close: () => pool.close(),
  };
}

interface Waiting {
  readonly resolve: (result: PieceResult) => void;
  readonly reject: (error: StepError) => void;
}

interface OpenLane {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
  released: number[];
}

class LanePool {
  readonly #plan: PoolPlan;
  readonly #places: SharedArrayBuffer;
  readonly #lanes: OpenLane[] = [];
  #failure: StepError | undefined;
  #isClosed = false;

  constructor(plan: PoolPlan, places: SharedArrayBuffer) {
    this.#plan = plan;
    this.#places = places;
  }

  run({ piece, firstRow, writes }: LaneWork, number: number): Promise<PieceResult> {
    if (this.#failure) return Promise.reject(this.#failure);
    const lane = this.#laneOf(number);
    const answered = new Promise<PieceResult>((resolve, reject) => lane.waiting.set(number, { resolve, reject }));
    const { bytes, length: rows } = piece;
    const request: LaneRequest = { piece: number, bytes, rows, firstRow, writes, released: lane.released };
    lane.released = [];
    lane.worker.postMessage(request);
    return answered;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#lanes.map(({ worker }) => worker.terminate()));
  }

  #laneOf(piece: number): OpenLane {
    const { lanes } = this.#plan;
    while (this.#lanes.length < lanes) this.#lanes.push(this.#open());
    return this.#lanes[piece % lanes] as OpenLane;
  }

  #open(): OpenLane {
    const { source, outputs, program = workerFile, heapMegabytes } = this.#plan;
    const { tables, ...sent } = source;
    const start: LaneStart = {
      ...{ source: sent, outputs, places: this.#places },
      ...{ mappingSets: contentsOf(tables.mappingSets), inputs: contentsOf(tables.inputs) },
    };
    const limits = { ...resourceLimits, ...(heapMegabytes !== undefined && { maxOldGenerationSizeMb: heapMegabytes }) };
    setFlagsFromString(laneHeap); // heaps that are there keep theirs
    const lane: OpenLane = {
      worker: new Worker(program, { workerData: start, resourceLimits: limits }),
      waiting: new Map(),
      released: [],
    };
    lane.worker.on("message", (answer: LaneAnswer) => this.#answer(lane, answer));
    lane.worker.on("error", (error: unknown) => this.#fail(deadLane(error)));
    lane.worker.on("messageerror", (error) => this.#fail(deadLane(error, "gave an answer that cannot be read")));
    lane.worker.on("exit", (code) => {
      if (!this.#isClosed) this.#fail(deadLane(new Error(`it ended with ${code}`)));
    });
    return lane;
  }

  #answer(lane: OpenLane, { piece, result, error }: LaneAnswer): void {
    const waiting = lane.waiting.get(piece);
    lane.waiting.delete(piece);
    if (error) waiting?.reject(readError(error));
    if (result) waiting?.resolve(readResult(result, () => lane.released.push(piece)));
  }

  #fail(error: StepError): void {
    this.#failure ??= error;
    for (const { waiting } of this.#lanes) for (const { reject } of waiting.values()) reject(this.#failure);
  }
}

function contentsOf(tables: LaneSource["tables"]["inputs"]): LaneStart["inputs"] {
  return new Map([...tables].map(([name, table]) => [name, table.content]));
}

function deadLane(cause: unknown, what = "died"): StepError {
  const isMemory = codeOf(cause) === "ERR_WORKER_OUT_OF_MEMORY";
  const message = `a thread that works on rows ${what}: ${messageOf(cause)}`;
  return isMemory
    ? new StepError("OutOfMemory", `${message}; raise the memory limit of the run`, { cause })
    : new StepError("InternalError", message, { cause });
}
