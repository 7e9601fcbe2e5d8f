/** Stands between an operator and the API server: counts its writes, or kills it at one of them. */
import type { HttpRequest, Transport } from "../../../operator/src/controller/transport.ts";

/** Whether a request changes anything that is not a lease. */
function isWrite({ method, path }: HttpRequest): boolean {
  return method !== "GET" && !path.includes("/leases");
}

/** Counts the writes of an operator. */
export function countingWrites() {
  let writes: string[] = [];
  return {
    /** What was written since the last reset: method and path. */
    writes: (): readonly string[] => writes,
    reset: () => {
      writes = [];
    },
    wrap: (transport: Transport): Transport => ({
      ...transport,
      send(request) {
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
