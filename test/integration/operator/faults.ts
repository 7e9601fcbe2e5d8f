/** Stands between an operator and the API server: counts its writes, or kills it at one of them. */
import { ApiError } from "../../../operator/src/controller/api-error.ts";
import type { HttpRequest, Transport } from "../../../operator/src/controller/transport.ts";

/** Whether a request changes anything that is not a lease. */
function isWrite({ method, path }: HttpRequest): boolean {
  return method !== "GET" && !path.includes("/leases");
}

/** Whether a request reads one object, as a cache never does. */
function isLiveRead({ method, path }: HttpRequest): boolean {
  return (
    method === "GET" && !path.includes("?") && !path.includes("/leases") && !path.includes("/persistentvolumeclaims")
  );
}

/** Counts the reads and writes of an operator. */
export function countingWrites() {
  let writes: string[] = [];
  let reads: string[] = [];
  return {
    /** Which single objects were read since the last reset. */
    reads: (): readonly string[] => reads,
    /** What was written since the last reset: method and path. */
    writes: (): readonly string[] => writes,
    reset: () => {
      writes = [];
      reads = [];
    },
    wrap: (transport: Transport): Transport => ({
      ...transport,
      send(request) {
        if (isLiveRead(request)) reads.push(request.path);
        if (isWrite(request)) writes.push(`${request.method} ${request.path}`);
        return transport.send(request);
      },
    }),
  };
}

/** Kills an operator after so many writes have been applied: from then on nothing it sends arrives, and it knows of no answer. */
export function crashingAfter(count: number) {
  let left = count;
  let crash: () => void = () => undefined;
  const crashed = new Promise<void>((resolve) => {
    crash = resolve;
  });
  const dead = () => Promise.reject(new Error("this operator has crashed"));
  return {
    crashed,
    hasCrashed: () => left <= 0,
    wrap: (transport: Transport): Transport => ({
      ...transport,
      async send(request) {
        if (left <= 0) return dead();
        if (!isWrite(request)) return transport.send(request);
        left -= 1;
        const isLast = left === 0;
        const answer = await transport.send(request);
        if (!isLast) return answer;
        crash();
        return dead();
      },
      stream: (request) => (left <= 0 ? dead() : transport.stream(request)),
    }),
  };
}

/** What happens to a write the first time it is made. */
export type WriteFault = "AnswerLost" | "Unavailable" | "Conflict";

/** Lets each different write of an operator fail the first time: applied with the answer lost, or not applied at all. */
export function failingOnce(fault: WriteFault) {
  const failed = new Set<string>();
  return {
    /** How many writes have failed. */
    count: () => failed.size,
    wrap: (transport: Transport): Transport => ({
      ...transport,
      async send(request) {
        const { resourceVersion: _moves, ...said } = request.body ? JSON.parse(request.body) : {};
        const text = JSON.stringify({ ...said, metadata: { ...said.metadata, resourceVersion: "" } });
        const id = `${request.method} ${request.path} ${text.replaceAll(instant, "")}`; // a second later it is the same write
        // deletes name a UID: no API server says that an object which is there with it is another
        const isDishonest = fault === "Conflict" && request.method === "DELETE";
        if (!isWrite(request) || isDishonest || request.path.includes("/events") || failed.has(id))
          return transport.send(request);
        failed.add(id);
        if (fault === "AnswerLost") await transport.send(request);
        throw errors[fault];
      },
    }),
  };
}

const instant = /[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/g;

const errors: Readonly<Record<WriteFault, ApiError>> = {
  AnswerLost: new ApiError("no answer came in time", { status: 0, reason: "Timeout" }),
  Unavailable: new ApiError("the API server is starting", { status: 503, reason: "ServiceUnavailable" }),
  Conflict: new ApiError("the object has been modified", { status: 409, reason: "Conflict" }),
};
