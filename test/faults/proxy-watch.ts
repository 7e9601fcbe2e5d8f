/** Passes a watch on, as it is or with one fault in what is seen. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { refusal, type ViewFault } from "./fault.ts";

interface Event {
  readonly type: string;
  readonly object: { readonly metadata?: { readonly name?: string; readonly namespace?: string } };
}

/** Passes events from the API server to the program that asked for them until either ends. */
export function passWatch(from: IncomingMessage, to: ServerResponse, fault: ViewFault | undefined): void {
  from.on("error", () => to.destroy());
  to.on("error", () => from.destroy()); // whoever asked has gone
  to.on("close", () => from.destroy());
  if (fault) passWith(fault, from, to);
  else from.pipe(to);
}

function passWith(fault: ViewFault, from: IncomingMessage, to: ServerResponse): void {
  switch (fault.kind) {
    case "Ended":
    case "Broken":
      ending(from, to, fault);
      break;
    case "Split":
      splitting(from, to, fault.bytes);
      break;
    case "StaleList":
    case "Late":
      delaying(from, to, fault.milliseconds);
      break;
    case "Merged":
      merging(from, to, fault.milliseconds);
      break;
    case "Garbage":
    case "Mute":
    case "ErrorEvent":
      breaking(from, to, fault);
  }
}

function ending(
  from: IncomingMessage,
  to: ServerResponse,
  { kind, milliseconds }: { readonly kind: "Ended" | "Broken"; readonly milliseconds: number },
): void {
  const timer = setTimeout(() => {
    from.unpipe(to);
    if (kind === "Ended") to.end();
    else to.destroy();
  }, milliseconds);
  to.once("close", () => clearTimeout(timer));
  from.pipe(to);
}

function splitting(from: IncomingMessage, to: ServerResponse, bytes: number): void {
  from.on("data", (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; at += bytes) to.write(chunk.subarray(at, at + bytes));
  });
  from.on("end", () => to.end());
}

function delaying(from: IncomingMessage, to: ServerResponse, milliseconds: number): void {
  const timers = new Set<NodeJS.Timeout>();
  const later = (act: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, milliseconds);
    timers.add(timer);
  };
  from.on("data", (chunk: Buffer) => later(() => to.write(chunk)));
  from.on("end", () => later(() => to.end()));
  to.once("close", () => {
    for (const timer of timers) clearTimeout(timer);
  });
}

/** What happened to an object in a while becomes one event; an object that came and went is never seen. */
function merging(from: IncomingMessage, to: ServerResponse, milliseconds: number): void {
  let waiting = new Map<string, { readonly first: string; last: Event }>();
  const flush = (): void => {
    for (const { first, last } of waiting.values()) {
      if (first === "ADDED" && last.type === "DELETED") continue;
      const type =
        last.type === "DELETED" || last.type === "BOOKMARK" ? last.type : first === "ADDED" ? first : "MODIFIED";
      to.write(`${JSON.stringify({ ...last, type })}\n`);
    }
    waiting = new Map();
  };
  const timer = setInterval(flush, milliseconds);
  onEvents(from, (event) => {
    const { namespace = "", name = "" } = event.object.metadata ?? {};
    const key = `${namespace}/${name}`;
    const known = waiting.get(key);
    if (known) known.last = event;
    else waiting.set(key, { first: event.type, last: event });
  });
  from.on("end", () => {
    flush();
    to.end();
  });
  to.once("close", () => clearInterval(timer));
}

function breaking(
  from: IncomingMessage,
  to: ServerResponse,
  fault: Extract<ViewFault, { readonly afterEvents: number }>,
): void {
  let left = fault.afterEvents;
  onEvents(from, (event) => {
    if (left > 0) to.write(`${JSON.stringify(event)}\n`);
    left -= 1;
    if (left !== 0) return;
    if (fault.kind === "Garbage") to.write('{"type":"MODIFIED","object":{"metadata"\u0000 this is no event\n');
    if (fault.kind === "ErrorEvent") to.end(`{"type":"ERROR","object":${refusal(fault.status)}}\n`);
  });
  from.on("end", () => to.end());
}

function onEvents(from: IncomingMessage, listener: (event: Event) => void): void {
  let rest = "";
  from.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") listener(JSON.parse(line) as Event);
  });
}
