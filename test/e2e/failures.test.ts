/** What goes wrong around a run, one fault at a time: it ends with a code and a sentence a person can act on, nothing is left behind, and repairing heals. */
import { beforeAll, expect, inject, test } from "vitest";
import { type Manifest, newKubectl } from "../cluster/kubectl.ts";
import { until } from "../cluster/until.ts";
import { peersNamespace } from "../peers/peer-pods.ts";
import { receiverAt, surroundings } from "./fault-surroundings.ts";
import { chart, helm, release } from "./release.ts";
import { type Changes, reportVariant } from "./report-variant.ts";
import { type Example, newStory, type Run, type Story } from "./story.ts";

const date = "2027-01-12";
const namespace = "story-failures";
const inNamespace = (host: string): string => `${host}.${namespace}.svc.cluster.local`;
const everywhere = newKubectl(inject("shared").cluster);
let story: Story;
let example: Example;

/** A fault, and what the run then says. `attempts` is 1 where another attempt cannot help, else the two that the Report allows. */
interface Fault extends Changes {
  readonly name: string;
  readonly code: string;
  readonly says: RegExp;
  readonly attempts: 1 | 2;
}

const slow =
  (seconds: number) =>
  (query: string): string =>
    query.replace("FROM trade", `FROM trade CROSS JOIN pg_sleep(${seconds})`);

/** The slowest first, since five runs are under way at a time. */
const faults: Record<string, Fault> = {
  "a limit of the namespace refuses the Pod": {
    name: "pod-refused",
    run: { resources: { limits: { memory: "3Gi" } } },
    code: "PodRefused",
    says: /forbidden: maximum memory usage per Container is 2Gi, but limit is 3Gi/,
    attempts: 2,
  },
  "the query is slower than the deadline": {
    name: "source-slow",
    query: slow(45),
    run: { deadlineSeconds: 10 },
    code: "DeadlineExceeded",
    says: /longer than 10 s; raise run\.deadlineSeconds, or make the query faster/,
    attempts: 2,
  },
  "no node has so many CPUs": {
    name: "pod-too-large",
    run: { maxAttempts: 1, resources: { requests: { cpu: "900" } } },
    code: "PodUnschedulable",
    says: /0\/1 nodes are available: 1 Insufficient cpu.* Lower `run\.resources`/,
    attempts: 1,
  },
  "the source listens at another port": {
    name: "source-closed",
    postgresql: { host: inNamespace("bystander"), port: 5999 },
    code: "SourceUnavailable",
    says: /from Connector source-closed at bystander\.story-failures\.svc\.cluster\.local:5999: .*ECONNREFUSED.* Start the source/,
    attempts: 2,
  },
  "the Service of the source has no endpoints": {
    name: "source-absent",
    postgresql: { host: inNamespace("absent"), port: 5432 },
    code: "SourceUnavailable",
    says: /from Connector source-absent at absent\.story-failures\.svc\.cluster\.local:5432: .*ECONNREFUSED/,
    attempts: 2,
  },
  "the host of the source is unknown": {
    name: "source-unknown",
    postgresql: { host: inNamespace("nowhere") },
    code: "SourceHostUnknown",
    says: /from Connector source-unknown at nowhere\.story-failures\.svc\.cluster\.local:5432: .*Correct `host`/,
    attempts: 2,
  },
  "the source refuses the password": {
    name: "source-password",
    databaseSecret: { password: "wrong" },
    code: "SourceAuthenticationFailed",
    says: /authentication failed for user .*Correct username or password in Secret source-password-db, then retry/,
    attempts: 1,
  },
  "the source refuses the query": {
    name: "source-query",
    query: (query) => query.replace("FROM trade", "FROM trades_of_yesterday"),
    code: "SourceQueryFailed",
    says: /input trades from .*relation "trades_of_yesterday" does not exist \(at character \d+ of the query.*create a new run/,
    attempts: 1,
  },
  "the source is the metadata service of a cloud": {
    name: "source-refused",
    postgresql: { host: "169.254.169.254", port: 80 },
    code: "AddressRefused",
    says: /never connects to 169\.254\.169\.254 because it is link-local; name a host outside/,
    attempts: 1,
  },
  "the destination is the API server": {
    name: "receiver-refused",
    sftp: { host: "kubernetes.default.svc.cluster.local", port: 443 },
    code: "AddressRefused",
    says: /never connects to kubernetes\.default\.svc\.cluster\.local, which is .* the API server; name a host outside/,
    attempts: 1,
  },
  "the host of the destination is unknown": {
    name: "receiver-unknown",
    sftp: { host: inNamespace("nowhere") },
    code: "DestinationHostUnknown",
    says: /Destination receiver-unknown at nowhere\.story-failures\.svc\.cluster\.local:2222.*Correct `host`/,
    attempts: 2,
  },
  "the destination does not listen": {
    name: "receiver-absent",
    sftp: { host: inNamespace("absent") },
    code: "DestinationUnavailable",
    says: /Destination receiver-absent at absent\.story-failures\.svc\.cluster\.local:2222.*ECONNREFUSED/,
    attempts: 2,
  },
  "the directory of the destination does not exist": {
    name: "receiver-directory",
    sftp: { directory: "/data/not-there" },
    code: "DestinationDirectoryMissing",
    says: /Destination receiver-directory: the directory \/data\/not-there does not exist/,
    attempts: 1,
  },
  "a Secret is missing": {
    name: "secret-missing",
    databaseSecret: null,
    code: "SecretNotFound",
    says: /Secret secret-missing-db of Connector secret-missing is not in the namespace/,
    attempts: 2,
  },
  "the Secret of the source lacks a key": {
    name: "key-missing",
    databaseSecret: { password: null },
    code: "SecretKeyMissing",
    says: /Secret key-missing-db of Connector key-missing has no key password/,
    attempts: 2,
  },
  "the Secret of the destination lacks password and key": {
    name: "receiver-key-missing",
    sftpSecret: { password: null },
    code: "SecretKeyMissing",
    says: /Secret receiver-key-missing-sftp of Destination receiver-key-missing has neither password nor privateKey/,
    attempts: 2,
  },
  "the Secret of the source is for another address": {
    name: "source-elsewhere",
    postgresql: { host: inNamespace("bystander"), port: 2222 },
    databaseSecret: { endpoint: "postgresql.openreg-peers.svc.cluster.local:5432" },
    code: "EndpointNotAllowed",
    says: /Secret source-elsewhere-db does not allow bystander\.story-failures\.svc\.cluster\.local:2222/,
    attempts: 1,
  },
  "the Secret of the destination is for another address": {
    name: "receiver-elsewhere",
    sftp: { host: inNamespace("bystander") },
    sftpSecret: { endpoint: "openssh.openreg-peers.svc.cluster.local:2222" },
    code: "EndpointNotAllowed",
    says: /Secret receiver-elsewhere-sftp does not allow bystander\.story-failures\.svc\.cluster\.local:2222/,
    attempts: 1,
  },
  "the Secret of the destination is for another mode": {
    name: "receiver-mode",
    sftpSecret: { mode: "Live" },
    code: "ModeNotAllowed",
    says: /Secret receiver-mode-sftp is for mode "Live", but Destination receiver-mode is for Test/,
    attempts: 1,
  },
  "the runner needs more memory than its limit": {
    name: "memory",
    run: { resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "40Mi" } } },
    code: "OutOfMemory",
    says: /Raise `run\.resources\.limits\.memory`/,
    attempts: 2,
  },
};

/** Faults that are repaired while the run is there. */
const repaired: Record<string, Changes> = {
  "wrong-password": { sftpSecret: { password: "wrong" } },
  "wrong-host-key": { sftp: { host: inNamespace("receiver") } },
  "late-secret": { sftpSecret: null, run: { maxAttempts: 20 } },
  cancelled: { query: slow(50) },
  "no-image": { run: { maxAttempts: 1 } },
  "no-account": { run: { maxAttempts: 20 } },
};

beforeAll(async () => {
  await everywhere(["-n", namespace, "delete", "secrets", "--all"]); // a Secret that must be missing may be left from before
  story = await newStory(namespace, { dates: [date], alter: (original) => (example = original) });
  await story.sftp(`rm -f /data/test/*${date.replaceAll("-", "")}*`);
  const openssh = await peer("get", "deployment/openssh", "-o", "jsonpath={.spec.template.spec.containers[0].image}");
  await story.apply(...surroundings({ openreg: inject("shared").image, openssh }));
  const variants: readonly (readonly [string, Changes])[] = [
    ...Object.values(faults).map((fault) => [fault.name, fault] as const),
    ...Object.entries(repaired),
  ];
  await story.apply(...variants.flatMap(([name, changes]) => reportVariant(example, name, changes)));
  await story.kubectl(["wait", "--for=condition=Ready", "reports", "--all", "--timeout=60s"]);
  await story.kubectl(["wait", "--for=condition=Ready", "pod", "--all", "--timeout=60s"]);
});

test.concurrent.each(Object.entries(faults))(
  "a run ends with its own code and a sentence when %s",
  async (_sentence, { name, code, says, attempts }) => {
    const run = await failedRun(name);
    expect(run.status).toMatchObject({ state: "Failed", failure: { code, message: expect.stringMatching(says) } });
    expect(run.status?.attempts?.map(({ reason }) => reason)).toEqual(Array(attempts).fill(code));
    expect(succeeded(run)).toMatchObject({ status: "False", reason: code, message: run.status?.failure?.message });
    expect(run.status?.execution?.deliveries?.map(({ state }) => state) ?? []).not.toContain("Delivered");
    const events = ["events", "--field-selector", `involvedObject.name=${run.metadata.name},type=Warning`];
    expect(await story.kubectl(["get", ...events, "-o", "jsonpath={.items[*].reason}"])).toContain(code);
  },
);

test.concurrent("a retry after the password was corrected completes the same run, without reading the source again", async () => {
  const failed = await failedRun("wrong-password");
  expect(failed.status?.failure).toMatchObject({
    code: "DestinationAuthenticationFailed",
    message: expect.stringMatching(
      /Destination wrong-password at .* in Secret wrong-password-sftp, then retry the run/,
    ),
  });
  const password = inject("shared").peers.sftpPassword;
  await story.kubectl(["patch", "secret", "wrong-password-sftp", "-p", JSON.stringify({ stringData: { password } })]);
  const run = await retried(failed);
  expectHistory(run, "DestinationAuthenticationFailed");
  const { snapshot, artifacts } = failed.status?.execution ?? {};
  expect(run.status?.execution).toMatchObject({ snapshot, artifacts });
});

test.concurrent("a retry after the right server is back completes the same run; the impostor got nothing", async () => {
  const address = (pod: string) => story.kubectl(["get", "pod", pod, "-o", "jsonpath={.status.podIP}"]);
  await story.apply(receiverAt(await address("impostor")));
  const failed = await failedRun("wrong-host-key");
  expect(failed.status?.failure).toMatchObject({
    code: "HostKeyMismatch",
    message: expect.stringMatching(
      /Destination wrong-host-key at receiver\..*:2222 shows the host key SHA256:\S+, which is not pinned/,
    ),
  });
  expect(await story.kubectl(["logs", "impostor"])).not.toMatch(/user sftp|password/i);
  const server = await peer("get", "pods", "-l", "app=openssh", "-o", "jsonpath={.items[0].status.podIP}");
  await story.apply(receiverAt(server));
  expectHistory(await retried(failed), "HostKeyMismatch");
});

test.concurrent("a Secret that comes late heals the run by itself", async () => {
  const name = await story.createRun({ reportRef: { name: "late-secret" }, businessDate: date });
  await waitFor(name, "jsonpath={.status.failure.code}=SecretNotFound");
  await story.apply(...reportVariant(example, "late-secret", {}).filter(({ kind }) => kind === "Secret"));
  await waitFor(name, "condition=Succeeded");
  const { attempts = [], stateHistory = [] } = (await story.run(name)).status ?? {};
  expect(attempts.map(({ reason }) => reason)).toEqual([...attempts.slice(1).map(() => "SecretNotFound"), "Done"]);
  expect(stateHistory.map(({ state }) => state)).not.toContain("Failed");
});

test.concurrent("a run that is cancelled before it starts starts nothing", async () => {
  const name = await story.createRun({ reportRef: { name: "cancelled" }, businessDate: date, cancel: true });
  await waitFor(name, "condition=Succeeded=False");
  const run = await story.run(name);
  expect(run.status).toMatchObject({ state: "Cancelled", attempt: 0 });
  expect(run.status?.attempts ?? []).toEqual([]);
  expect(succeeded(run)).toMatchObject({ reason: "Cancelled", message: expect.stringContaining("spec.cancel") });
});

test.concurrent("a run that is cancelled in a slow query ends within seconds", async () => {
  const name = await story.createRun({ reportRef: { name: "cancelled" }, businessDate: date });
  await waitFor(name, "jsonpath={.status.execution.step}=FetchingData");
  await story.kubectl(["patch", "reportrun", name, "--type=merge", "-p", JSON.stringify({ spec: { cancel: true } })]);
  await waitFor(name, "condition=Succeeded=False", 15);
  const run = await story.run(name);
  expect(run.status).toMatchObject({ state: "Cancelled", attempts: [{ reason: "Cancelled", exitCode: 13 }] });
  expect(succeeded(run)).toMatchObject({ status: "False", reason: "Cancelled" });
  const working = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_' || 'sleep(50)%' AND state = 'active'";
  await until({ what: "the source gives the query up", seconds: 5 }, async () => (await story.sql(working)) === "0\n");
});

test("where the endpoint is not allowed, nobody was even connected to", async () => {
  expect(await story.kubectl(["logs", "bystander"])).toBe("");
  const connect = `require("net").connect(2222, "${inNamespace("bystander")}").on("close", () => process.exit())`;
  await story.kubectl(["exec", "store-reader", "--", "node", "-e", connect]);
  expect(await story.kubectl(["logs", "bystander"])).toBe("somebody connected\n");
});

test("an image that cannot be pulled is named at once, ends the run, and a retry completes it", async () => {
  await helm(["upgrade", release, chart, "--reuse-values", "--set", "runner.image.tag=never-built", "--wait"]);
  let failed: Run;
  try {
    const name = await story.createRun({ reportRef: { name: "no-image" }, businessDate: date });
    await waitFor(name, `jsonpath={.status.conditions[?(@.type=="Succeeded")].reason}=ImagePullFailed`, 15);
    await waitFor(name, "condition=Succeeded=False");
    failed = await story.run(name);
  } finally {
    await helm(["rollback", release, "--wait"]);
  }
  expect(failed.status).toMatchObject({
    state: "Failed",
    failure: {
      code: "ImagePullFailed",
      message: expect.stringMatching(/localhost\/openreg:never-built.*the chart's values/),
    },
  });
  expectHistory(await retried(failed), "ImagePullFailed");
});

test("a missing ServiceAccount is named, and the run goes on when it is there", async () => {
  const account = JSON.parse(
    await story.kubectl(["get", "serviceaccount", "openreg-runner", "-o", "json"]),
  ) as Manifest;
  const { name: accountName, labels, annotations } = account.metadata;
  await story.kubectl(["delete", "serviceaccount", "openreg-runner"]);
  let name: string;
  try {
    name = await story.createRun({ reportRef: { name: "no-account" }, businessDate: date });
    await waitFor(name, `jsonpath={.status.conditions[?(@.type=="Succeeded")].reason}=PodRefused`, 30);
    expect(succeeded(await story.run(name))?.message).toMatch(/serviceaccount "openreg-runner" not found/);
  } finally {
    const again = { ...account, metadata: { name: accountName, labels, annotations } };
    await story.kubectl(["create", "-f", "-"], JSON.stringify(again));
  }
  await waitFor(name, "condition=Succeeded");
});

test("nothing is left of all these runs: no Job, no Pod, no plan, no finalizer", async () => {
  const left = () =>
    story.kubectl(["get", "jobs,pods,configmaps", "-l", "openreg.dev/run", "-o", "name", "--ignore-not-found"]);
  await until({ what: "the last Pod is gone", seconds: 30, everyMs: 500 }, async () => (await left()) === "");
  expect(await story.kubectl(["get", "reportruns", "-o", "jsonpath={.items[*].metadata.finalizers}"])).toBe("");
  expect(await story.kubectl(["get", "reportruns", "-l", "openreg.dev/settled!=true", "-o", "name"])).toBe("");
});

/** Creates a run of a Report and waits for its end as a person would, with kubectl wait. */
async function failedRun(report: string): Promise<Run> {
  const name = await story.createRun({ reportRef: { name: report }, businessDate: date });
  await waitFor(name, "condition=Succeeded=False");
  return story.run(name);
}

/** Asks for a retry of a run that failed, and waits until it succeeded. */
async function retried({ metadata: { name } }: Run): Promise<Run> {
  await story.kubectl(["annotate", "reportrun", name, `openreg.dev/retry-requested-at=${new Date().toISOString()}`]);
  await waitFor(name, "condition=Succeeded");
  return story.run(name);
}

/** The run failed once by this code, was retried and completed: its status shows each. */
function expectHistory({ status, metadata }: Run, code: string): void {
  const requestedAt = (metadata as { annotations?: Record<string, string> }).annotations?.[
    "openreg.dev/retry-requested-at"
  ];
  expect(status).toMatchObject({ state: "Completed", attempt: 2, lastHandledRetryAt: requestedAt });
  expect(status?.attempts?.map(({ reason }) => reason)).toEqual([code, "Done"]);
  expect(status?.failure).toBeUndefined();
  const history = status?.stateHistory?.map(({ state, attempt }) => `${state} ${attempt}`) ?? [];
  const failedAt = history.indexOf("Failed 1");
  expect(failedAt).toBeGreaterThan(0);
  expect(history[failedAt + 1]).toBe("Pending 2");
  expect(history.at(-1)).toBe("Completed 2");
  expect(status?.execution?.deliveries).toMatchObject([{ state: "Delivered" }]);
}

async function waitFor(run: string, what: string, seconds = 120): Promise<void> {
  await story.kubectl(["wait", `--for=${what}`, `reportrun/${run}`, `--timeout=${seconds}s`]);
}

function succeeded({ status }: Run) {
  return status?.conditions?.find(({ type }) => type === "Succeeded");
}

function peer(...args: readonly string[]): Promise<string> {
  return everywhere(["-n", peersNamespace, ...args]);
}
