/** A run Pod may read and write the progress of its own run and attempt, and nothing else: with real tokens bound to real Pods. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Answer,
  admin,
  core,
  jobController,
  openreg,
  operator,
  type PolicedCluster,
  startPolicedCluster,
} from "./policed-cluster.ts";

const bank = "bank-a";
const otherBank = "bank-b";
const node = "node-of-runs";
let cluster: PolicedCluster;

beforeAll(async () => {
  cluster = await startPolicedCluster([bank, otherBank]);
  // No kubelet stands behind it: a Pod that says it runs there is all that a token needs.
  await cluster.must(admin, { method: "POST", path: "/api/v1/nodes", body: { metadata: { name: node } } });
});

afterAll(() => cluster?.stop());

/** A run Pod as the Job controller makes it, with its token: ten minutes, bound to the Pod, default audience. */
interface RunPod {
  readonly uid: string;
  readonly token: string;
}

async function newPod(name: string, namespace = bank): Promise<RunPod> {
  const body = {
    metadata: { name },
    spec: {
      nodeName: node,
      serviceAccountName: "openreg-runner",
      containers: [{ name: "runner", image: "localhost/openreg:dev" }],
    },
  };
  const pod = await cluster.must(jobController, { method: "POST", path: core(namespace, "pods"), body });
  const bound = { kind: "Pod", apiVersion: "v1", name, uid: pod.metadata.uid };
  return { uid: pod.metadata.uid, token: await newToken({ boundObjectRef: bound }, namespace) };
}

async function newToken(spec: object, namespace = bank): Promise<string> {
  const path = core(namespace, "serviceaccounts/openreg-runner/token");
  const body = { spec: { expirationSeconds: 600, ...spec } };
  return (await cluster.must(admin, { method: "POST", path, body })).status.token;
}

/** A run in this attempt, as the operator leaves it when its Job has been created. */
async function newRun(name: string, attempt = 1): Promise<void> {
  const spec = { reportRef: { name: "trades" }, businessDate: "2026-10-01" };
  const body = { apiVersion: "openreg.dev/v1alpha1", kind: "ReportRun", metadata: { name }, spec };
  await cluster.must(admin, { method: "POST", path: openreg(bank, "reportruns"), body });
  await operatorWrites(name, { state: "Pending", attempt: 0 });
  await operatorWrites(name, { state: "Initializing", attempt, startedAt: "2026-10-01T17:59:59Z" });
}

async function operatorWrites(name: string, status: object): Promise<void> {
  await cluster.must(operator, { method: "PATCH", path: statusOf(name), body: { status } });
}

const statusOf = (name: string) => openreg(bank, `reportruns/${name}/status`);

const patch = (token: string, run: string, body: object): Promise<Answer> =>
  cluster.ask({ token }, { method: "PATCH", path: statusOf(run), body });

const read = (token: string, run: string) => patch(token, run, {});

/** What a runner writes first; `change` replaces parts of it. */
function progress(attempt: number, podUID: string, change: object = {}) {
  const at = "2026-10-01T18:00:00Z";
  const execution = { attempt, podUID, heartbeatAt: at, step: "FetchingData", steps: [], ...change };
  return { status: { execution } };
}

const notOfThisAttempt = /can be read and written only by the Pod of its current attempt/;
const anotherOwns = /another Pod owns this attempt/;
const misnamed = /must name the run's current attempt and the UID of the Pod/;
const onlyExecution = /a run Pod writes status.execution only/;

function expectAccepted(answer: Answer): void {
  expect(answer.message).toBe("");
  expect(answer.code).toBe(200);
}

function expectRefused(answer: Answer, why: RegExp): void {
  expect(answer.message).toMatch(why);
  expect([403, 422]).toContain(answer.code);
}

describe("the Pod of the current attempt", () => {
  test("reads its run by an empty patch before anything is written, and after", async () => {
    await newRun("reads");
    const pod = await newPod("reads-1-abcde");
    const first = await read(pod.token, "reads");
    expectAccepted(first);
    expect(first.body.status.state).toBe("Initializing");
    expectAccepted(await patch(pod.token, "reads", progress(1, pod.uid)));
    const second = await read(pod.token, "reads");
    expectAccepted(second);
    expect(second.body.status.execution.podUID).toBe(pod.uid);
  });

  test("writes its progress again and again, and is told when it wrote over something newer", async () => {
    await newRun("writes");
    const pod = await newPod("writes-1-abcde");
    const first = await patch(pod.token, "writes", progress(1, pod.uid));
    expectAccepted(first);
    expectAccepted(await patch(pod.token, "writes", progress(1, pod.uid, { step: "PreValidation" })));
    const { resourceVersion } = first.body.metadata;
    const stale = await patch(pod.token, "writes", { metadata: { resourceVersion }, ...progress(1, pod.uid) });
    expect(stale.code).toBe(409);
  });

  test("takes over the progress of the attempt before", async () => {
    await newRun("takes-over");
    const older = await newPod("takes-over-1-abcde");
    expectAccepted(await patch(older.token, "takes-over", progress(1, older.uid)));
    await operatorWrites("takes-over", { state: "Initializing", attempt: 2 });
    const newer = await newPod("takes-over-2-abcde");
    expectAccepted(await read(newer.token, "takes-over"));
    expectAccepted(await patch(newer.token, "takes-over", progress(2, newer.uid)));
  });

  test("cannot change the spec: what it sends beside the status is not taken", async () => {
    await newRun("keeps-spec");
    const pod = await newPod("keeps-spec-1-abcde");
    const change = { spec: { cancel: true }, metadata: { labels: { "openreg.dev/settled": "true" } } };
    const answer = await patch(pod.token, "keeps-spec", { ...progress(1, pod.uid), ...change });
    expectAccepted(answer);
    expect(answer.body.spec).not.toHaveProperty("cancel");
    expect(answer.body.metadata.labels ?? {}).not.toHaveProperty("openreg.dev/settled");
  });

  const forgeries: Record<string, { change: (pod: RunPod) => object; why: RegExp }> = {
    "the state": { change: (pod) => alsoWith(progress(1, pod.uid), { state: "FetchingData" }), why: onlyExecution },
    "the attempt": { change: (pod) => alsoWith(progress(1, pod.uid), { attempt: 2 }), why: onlyExecution },
    "a condition": {
      change: (pod) =>
        alsoWith(progress(1, pod.uid), {
          conditions: [
            {
              type: "Succeeded",
              status: "True",
              reason: "Forged",
              message: "",
              lastTransitionTime: "2026-10-01T18:00:00Z",
            },
          ],
        }),
      why: onlyExecution,
    },
    "a grant": { change: (pod) => alsoWith(progress(1, pod.uid), { granted: ["regulator"] }), why: onlyExecution },
    "evidence that it signed itself": {
      change: (pod) => alsoWith(progress(1, pod.uid), { evidence: { sha256: "0".repeat(64), signature: "forged" } }),
      why: onlyExecution,
    },
    "the removal of a field": {
      change: (pod) => alsoWith(progress(1, pod.uid), { startedAt: null }),
      why: onlyExecution,
    },
    "the progress of a later attempt": { change: (pod) => progress(2, pod.uid), why: misnamed },
    "the progress of another Pod": { change: () => progress(1, "00000000-0000-0000-0000-000000000000"), why: misnamed },
    "the removal of the whole status": { change: () => ({ status: null }), why: /denied request|cannot be removed/ },
  };

  test.each(Object.entries(forgeries))("cannot forge %s", async (what, { change, why }) => {
    const run = `forges-${what.replaceAll(/[^a-z]+/g, "-")}`.slice(0, 40);
    await newRun(run);
    const pod = await newPod(`${run}-1-abcde`);
    expectRefused(await patch(pod.token, run, change(pod)), why);
  });
});

describe("R3 a Pod that wakes up late", () => {
  const entry = { number: 1, job: "x-1", startedAt: "2026-10-01T17:59:59Z" };
  const ended = { ...entry, endedAt: "2026-10-01T18:10:00Z", reason: "PodLost" };
  const after: Record<string, { status: object; taken: boolean }> = {
    "while its attempt lasts is heard": { status: { attempts: [entry] }, taken: true },
    "after its attempt was closed is not": { status: { attempts: [ended] }, taken: false },
    "after the run failed is not": { status: { state: "Failed", attempts: [entry] }, taken: false },
    "after the run was cancelled is not": { status: { state: "Cancelled" }, taken: false },
    "after an attempt before its own was closed is": {
      status: { attempt: 2, attempts: [ended, { ...entry, number: 2 }] },
      taken: true,
    },
  };

  test.each(Object.entries(after))("%s", async (when, { status, taken }) => {
    const run = `late-${when.replaceAll(/[^a-z]+/g, "-")}`.slice(0, 40).replace(/-$/, "");
    const attempt = (status as { attempt?: number }).attempt ?? 1;
    await newRun(run, attempt);
    const pod = await newPod(`${run}-${attempt}-abcde`);
    if (taken) expectAccepted(await patch(pod.token, run, progress(attempt, pod.uid)));
    await operatorWrites(run, status);
    const answers = [await read(pod.token, run), await patch(pod.token, run, progress(attempt, pod.uid))];
    for (const answer of answers) {
      if (taken) expectAccepted(answer);
      else expectRefused(answer, /this attempt has ended, or the run has/);
    }
  });
});

/** The same write with more in the status. */
function alsoWith(write: { status: object }, more: object): object {
  return { status: { ...write.status, ...more } };
}

describe("other Pods", () => {
  const strangers: Record<string, { run: string; attempt: number; pod: string }> = {
    "a Pod of another run": { run: "mine", attempt: 1, pod: "yours-1-abcde" },
    "a Pod of a run whose name begins with this one's": { run: "short", attempt: 1, pod: "short-1-1-abcde" },
    "a Pod of a run whose name this one's begins with": { run: "long-1", attempt: 1, pod: "long-1-abcde" },
    "a Pod of an older attempt": { run: "older", attempt: 2, pod: "older-1-abcde" },
    "a Pod of an attempt to come": { run: "later", attempt: 1, pod: "later-2-abcde" },
    "a Pod of attempt 12 while attempt 1 runs": { run: "twelve", attempt: 1, pod: "twelve-12-abcde" },
    "a Pod whose name ends too late": { run: "tail", attempt: 1, pod: "tail-1-abcdef" },
    "a Pod whose name has another form": { run: "form", attempt: 1, pod: "form-1-ab-de" },
  };

  test.each(Object.entries(strangers))("%s neither reads nor writes", async (_who, { run, attempt, pod }) => {
    await newRun(run, attempt);
    const stranger = await newPod(pod);
    expectRefused(await read(stranger.token, run), notOfThisAttempt);
    expectRefused(await patch(stranger.token, run, progress(attempt, stranger.uid)), notOfThisAttempt);
  });

  test("a twin of the same Job is locked out once the first has written, and may be the first", async () => {
    await newRun("twins");
    const [first, twin] = [await newPod("twins-1-aaaaa"), await newPod("twins-1-bbbbb")];
    expectAccepted(await read(twin.token, "twins"));
    expectAccepted(await patch(first.token, "twins", progress(1, first.uid)));
    expectRefused(await read(twin.token, "twins"), anotherOwns);
    expectRefused(await patch(twin.token, "twins", progress(1, twin.uid)), anotherOwns);
    expectRefused(await patch(twin.token, "twins", progress(1, first.uid)), anotherOwns);
  });

  test("a Pod that took the name of the owner owns nothing", async () => {
    await newRun("reborn");
    const old = await newPod("reborn-1-aaaaa");
    expectAccepted(await patch(old.token, "reborn", progress(1, old.uid)));
    await cluster.must(admin, {
      method: "DELETE",
      path: `${core(bank, "pods/reborn-1-aaaaa")}?gracePeriodSeconds=0`,
    });
    const reborn = await newPod("reborn-1-aaaaa");
    expectRefused(await patch(reborn.token, "reborn", progress(1, reborn.uid)), anotherOwns);
  });

  test("the token of a Pod that is gone is worth nothing", async () => {
    await newRun("gone");
    const pod = await newPod("gone-1-aaaaa");
    await cluster.must(admin, { method: "DELETE", path: `${core(bank, "pods/gone-1-aaaaa")}?gracePeriodSeconds=0` });
    expect((await read(pod.token, "gone")).code).toBe(401);
  });

  test("a token of the account that is bound to no Pod is refused", async () => {
    await newRun("unbound");
    const token = await newToken({});
    expectRefused(await read(token, "unbound"), /this token is bound to no Pod/);
    expectRefused(
      await patch(token, "unbound", progress(1, "00000000-0000-0000-0000-000000000000")),
      /this token is bound to no Pod/,
    );
  });
});

describe("the account of run Pods", () => {
  const wishes: Record<string, { method: "GET" | "POST" | "PATCH" | "DELETE"; path: string; body?: object }> = {
    "get its run": { method: "GET", path: openreg(bank, "reportruns/rights") },
    "get the status of its run": { method: "GET", path: statusOf("rights") },
    "list runs": { method: "GET", path: openreg(bank, "reportruns") },
    "patch its run": { method: "PATCH", path: openreg(bank, "reportruns/rights"), body: { spec: { cancel: true } } },
    "delete its run": { method: "DELETE", path: openreg(bank, "reportruns/rights") },
    "patch the status of a Report": { method: "PATCH", path: openreg(bank, "reports/trades/status"), body: {} },
    "read Secrets": { method: "GET", path: core(bank, "secrets") },
    "read a Secret": { method: "GET", path: core(bank, "secrets/trades-db") },
    "read ConfigMaps": { method: "GET", path: core(bank, "configmaps") },
    "list Pods": { method: "GET", path: core(bank, "pods") },
    "create Events": { method: "POST", path: core(bank, "events"), body: {} },
    "patch runs of another namespace": {
      method: "PATCH",
      path: openreg(otherBank, "reportruns/rights/status"),
      body: {},
    },
  };
  let pod: RunPod;

  beforeAll(async () => {
    await newRun("rights");
    pod = await newPod("rights-1-abcde");
  });

  test.each(Object.entries(wishes))("may not %s", async (_wish, ask) => {
    const answer = await cluster.ask({ token: pod.token }, ask);
    expect(answer.code).toBe(403);
    expect(answer.message).toMatch(/cannot \w+ resource/);
  });

  test("is kept to its namespace even where RBAC was widened by mistake", async () => {
    const binding = {
      metadata: { name: "too-wide" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "openreg-runner" },
      subjects: [{ kind: "ServiceAccount", name: "openreg-runner", namespace: otherBank }],
    };
    const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${bank}/rolebindings`;
    await cluster.must(admin, { method: "POST", path, body: binding });
    await newRun("foreign");
    const foreign = await newPod("foreign-1-abcde", otherBank);
    const answer = await patch(foreign.token, "foreign", progress(1, foreign.uid));
    expectRefused(answer, /the status of reportruns is written by the operator, not by/);
  });
});
