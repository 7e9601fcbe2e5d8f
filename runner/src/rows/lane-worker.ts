/** Owns a lane in a thread of its own: pieces come as messages, and each is answered once. */
import { parentPort, workerData } from "node:worker_threads";
import { Piece } from "../connectors/connector.ts";
import { LookupTable, type LookupTableContent } from "../mappings/lookup-table.ts";
import { checkLane } from "./lane-facts.ts";
import { type LaneAnswer, type LaneRequest, type LaneStart, sentError, sentResult } from "./lane-messages.ts";
import { RecordPlaces } from "./record-places.ts";
import { RowWork } from "./row-work.ts";

const start = workerData as LaneStart;
const places = new RecordPlaces(start.places);
const work = newWork();
const releases = new Map<number, () => void>();

parentPort?.on("message", (request: LaneRequest) => parentPort?.postMessage(answer(request)));

function newWork(): RowWork {
  const tables = { mappingSets: tablesOf(start.mappingSets), inputs: tablesOf(start.inputs) };
  const source = { ...start.source, tables };
  return new RowWork({ source, checks: checkLane(source), outputs: start.outputs, isShared: true });
}

function tablesOf(contents: ReadonlyMap<string, LookupTableContent>): ReadonlyMap<string, LookupTable> {
  return new Map([...contents].map(([name, content]) => [name, LookupTable.of(content)]));
}

function answer({ piece, bytes, rows, firstRow, writes, released }: LaneRequest): LaneAnswer {
  for (const one of released) {
    releases.get(one)?.();
    releases.delete(one);
  }
  try {
    const result = work.run({ piece: new Piece(bytes, rows), firstRow, writes }, (records) =>
      places.add(piece, records),
    );
    releases.set(piece, result.release);
    return { piece, result: sentResult(result) };
  } catch (error) {
    return { piece, error: sentError(error) };
  }
}
