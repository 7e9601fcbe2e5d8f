/** Proves that at most one of two candidates may write, whatever pauses, clocks and connections do. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { newApiClient } from "./api-client.ts";
import type { FakeRequest } from "./fake-api-routes.ts";
import { type LeaderElection, leases, newLeaderElection } from "./leader-election.ts";
import { startTestCluster, type TestCluster } from "./test-cluster.ts";
import { newTransport } from "./transport.ts";
import { newVirtualClock, type VirtualClock } from "./virtual-clock.ts";

interface Candidate {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly election: LeaderElection;
  readonly stop: AbortController;
  end: "Standby" | "Leading" | "Stopped" | "Lost";
}

let cluster: TestCluster;
let candidates: Candidate[];
const leaseKey = { namespace: "openreg-system", name: "openreg-operator" };

beforeEach(async () => {
  cluster = await startTestCluster();
  candidates = [];
});

afterEach(async () => {
  for (const { stop } of candidates) stop.abort();
  await cluster.close();
});

/** A candidate with a clock of its own. */
function stand(name: string, wallMilliseconds?: number): Candidate {
  const clock = newVirtualClock(wallMilliseconds);
  const client = newApiClient({ ...cluster.deps, clock, transport: newTransport(cluster.server.access, clock) });
  const election = newLeaderElection({ ...cluster.deps, client, clock, lease: leaseKey, identity: name });
  const candidate: Candidate = { name, clock, election, stop: new AbortController(), end: "Standby" };
  candidates.push(candidate);
  void election.acquire(candidate.stop.signal).then(async (leading) => {
    if (!leading) return;
    candidate.end = "Leading";
    candidate.end = await election.hold(candidate.stop.signal);
  });
  return candidate;
}

/** Lets time pass for these candidates, a tenth of a second at a time, and checks at each that no two may write. */
async function pass(milliseconds: number, ...running: readonly Candidate[]): Promise<void> {
  for (let time = 0; time < milliseconds; time += 100) {
    for (const { clock } of running) await clock.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(running.filter(({ election }) => election.mayWrite()).length).toBeLessThanOrEqual(1);
  }
}

const holder = () =>
  (cluster.server.get(leases, leaseKey)?.spec as { holderIdentity: string } | undefined)?.holderIdentity;

test("the first candidate leads, the second stands by as long as the first renews", async () => {
  const first = stand("first");
  await pass(500, first);
  const second = stand("second");
  await pass(60_000, first, second);
  expect([first.end, second.end]).toEqual(["Leading", "Standby"]);
  expect(holder()).toBe("first");
});

test("C14: after a clean stop the second leads within one retry", async () => {
  const first = stand("first");
  await pass(500, first);
  const second = stand("second");
  await pass(5_000, first, second);
  first.stop.abort();
  await first.election.release();
  await pass(2_500, first, second);
  expect([first.end, second.end]).toEqual(["Stopped", "Leading"]);
});

test("C14: a leader that dies is followed after its lease, not sooner, and within 13 s", async () => {
  const first = stand("first");
  await pass(500, first);
  const second = stand("second");
  await pass(5_000, first, second);
  await pass(7_000, second); // the clock of the first stands still: it is dead
  expect(second.end).toBe("Standby");
  await pass(6_000, second);
  expect(second.end).toBe("Leading");
});

test("R7: a leader paused longer than its lease may not write from the moment it wakes, and ends", async () => {
  const first = stand("first");
  await pass(500, first);
  const second = stand("second");
  await pass(5_000, first, second);
  const pausing = pass(20_000, second).catch((error: unknown) => error);
  first.clock.freeze(20_000); // time has passed, nothing ran
  await pausing;
  expect(first.election.mayWrite()).toBe(false);
  expect(second.end).toBe("Leading");
  await pass(1_000, first, second);
  expect(first.end).toBe("Lost");
  expect(holder()).toBe("second");
});

test("a leader that could not renew in time ends, also when nobody else wants to lead", async () => {
  const first = stand("first");
  await pass(3_000, first);
  first.clock.freeze(8_000);
  await pass(1_000, first);
  expect(first.end).toBe("Lost");
});

test("R7: clocks ten minutes apart change nothing", async () => {
  const first = stand("first", 1_775_001_600_000);
  await pass(500, first);
  const second = stand("second", 1_775_001_600_000 + 600_000);
  const third = stand("third", 1_775_001_600_000 - 600_000);
  await pass(30_000, first, second, third);
  expect(candidates.map(({ end }) => end)).toEqual(["Leading", "Standby", "Standby"]);
});

test("R7: a deleted Lease has one new holder", async () => {
  const first = stand("first");
  await pass(500, first);
  const second = stand("second");
  await pass(3_000, first, second);
  cluster.server.remove(leases, leaseKey);
  await pass(10_000, first, second);
  expect(candidates.filter(({ election }) => election.mayWrite())).toHaveLength(1);
  expect(holder()).toBe(candidates.find(({ election }) => election.mayWrite())?.name);
});

test("R7: a standby does not take a deleted Lease before its holder's time is over", async () => {
  const first = stand("first");
  await pass(500, first);
  const second = stand("second");
  await pass(3_000, first, second);
  cluster.server.remove(leases, leaseKey);
  await pass(5_000, second); // the first is slow to notice
  expect(second.end).toBe("Standby");
  await pass(8_000, second);
  expect(second.end).toBe("Leading");
});

test("R9: an API server that hangs for less than the deadline costs nothing, for longer the leadership", async () => {
  const first = stand("first");
  await pass(3_000, first);
  const isPut = (request: FakeRequest) => request.method === "PUT";
  const heal = cluster.server.intercept((request) => (isPut(request) ? { kind: "Hang" } : undefined));
  await pass(4_500, first);
  heal();
  await pass(5_000, first);
  expect(first.end).toBe("Leading");
  cluster.server.intercept((request) => (isPut(request) ? { kind: "Hang" } : undefined));
  await pass(7_200, first);
  expect(first.end).toBe("Lost");
  expect(first.election.mayWrite()).toBe(false);
});

test("a renewal that was applied but not answered is found, not taken for another's", async () => {
  const first = stand("first");
  await pass(3_000, first);
  let dropped = 0;
  cluster.server.intercept((request) => {
    if (request.method !== "PUT" || dropped > 0) return undefined;
    dropped += 1;
    return { kind: "DropAfter" };
  });
  await pass(10_000, first);
  expect(dropped).toBe(1);
  expect(first.end).toBe("Leading");
});

test("two candidates that start together: one leads", async () => {
  const first = stand("first");
  const second = stand("second");
  await pass(5_000, first, second);
  expect(candidates.map(({ end }) => end).sort()).toEqual(["Leading", "Standby"]);
});
