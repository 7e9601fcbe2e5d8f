/** Owns how the bytes of a watch become events: lines split at bytes, so a character cut in two arrives whole. */
import type { StatusBody } from "./api-error.ts";
import type { KubernetesObject } from "./kubernetes.ts";

/** One event of a watch. */
export type WatchEvent =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK"; readonly object: KubernetesObject }
  | { readonly type: "ERROR"; readonly object: StatusBody };

/** A line of a watch that is no event. */
export class UndecodableError extends Error {
  override readonly name = "UndecodableError";
}

/** A line longer than this is no object: etcd refuses requests above 1.5 MiB. */
const longestLineBytes = 16 * 1024 * 1024;
const newline = 0x0a;

/** The events of a stream, as they come; a last line without an end is dropped, as the next watch sends it again. Throws UndecodableError at the first line that is no event. */
export async function* readWatchEvents(stream: AsyncIterable<Buffer>): AsyncGenerator<WatchEvent> {
  for await (const line of readLines(stream)) yield parseEvent(line);
}

async function* readLines(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const line = Buffer.concat([...rest, chunk.subarray(start, end)]).toString("utf8");
      rest = [];
      restBytes = 0;
      start = end + 1;
      if (line.trim() !== "") yield line;
    }
    if (start < chunk.length) rest.push(chunk.subarray(start));
    restBytes += chunk.length - start;
    if (restBytes > longestLineBytes)
      throw new UndecodableError(`a line of the watch is longer than ${longestLineBytes} bytes`);
  }
}

const objectTypes = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK"];

function parseEvent(line: string): WatchEvent {
  const event = parseJson(line) as WatchEvent | null;
  if (event?.type === "ERROR" && typeof event.object === "object") return event;
  const metadata = (event?.object as KubernetesObject | undefined)?.metadata;
  const isObject = event && objectTypes.includes(event.type) && typeof metadata?.resourceVersion === "string";
  if (!isObject || (event.type !== "BOOKMARK" && typeof metadata.name !== "string")) {
    throw new UndecodableError("a line of the watch is not an event");
  }
  return event;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw new UndecodableError("a line of the watch is not JSON", { cause: error });
  }
}
