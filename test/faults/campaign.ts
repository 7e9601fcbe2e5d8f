/** Runs fault plans: those that can share an operator side by side first, then those with an operator of their own. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type ApiCall, purposeOf } from "./api-call.ts";
import type { Bundles } from "./bundles.ts";
import type { WriteFault } from "./fault.ts";
import { type Calm, judge } from "./oracles.ts";
import { faultOf, needsOwnOperator, type Plan, placeOf, type RecordedWrite } from "./plan.ts";
import { type ApiProxy, type ProxiedCall, type ProxyRules, startProxy } from "./proxy.ts";
import { endStateOf, giveUpLease, type Scene, startOperator, startScene, writesOf } from "./scene.ts";
import type { World } from "./world.ts";

/** How a plan went. `NoEffect`: what it waits for did not happen. */
export interface Verdict {
  readonly plan: Plan;
  readonly verdict: "Passed" | "Failed" | "NoEffect";
  readonly problems: readonly string[];
  readonly seconds: number;
}

/** How a campaign is run. */
export interface CampaignOptions {
  /** How many plans side by side. */
  readonly lanes?: number;
  readonly bundles?: Bundles;
  /** How long a run may take; 90 by default. */
  readonly settleSeconds?: number;
  /** Begins the names of namespaces; one campaign of a world, one prefix. */
  readonly prefix: string;
  readonly onVerdict?: (verdict: Verdict) => void;
}

/** A run without faults: how it ends, and what was written for it. */
export interface Recording extends Calm {
  readonly writes: readonly RecordedWrite[];
}

/** Starts a proxy before the world's API server. */
export function newProxy(world: World, rules: ProxyRules = {}): Promise<ApiProxy> {
  const certificates = join(world.cluster.folder, "certificates");
  return startProxy({ target: world.cluster.controlPlane.url, certificates, rules });
}

/** Records a run without faults, with an operator of its own. */
export async function recordRun(world: World, namespace: string, bundles?: Bundles): Promise<Recording> {
  const calls: ProxiedCall[] = [];
  const proxy = await newProxy(world, { onCall: (call) => calls.push(call) });
  const scene = await startScene(world, { namespace, proxy, calls, ...(bundles && { runner: bundles.runner }) });
  const operator = await ownOperator(world, scene, proxy, bundles);
  try {
    await scene.settled();
    await settledWrites(calls);
    return { end: await endStateOf(world, scene), calls, writes: writesOf(calls) };
  } finally {
    await operator.stop();
    await scene.stop();
    await proxy.stop();
  }
}

/** Waits until nobody has written for a while. */
async function settledWrites(calls: readonly ProxiedCall[]): Promise<void> {
  for (let seen = -1; seen !== calls.length; ) {
    seen = calls.length;
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
}

let operators = 0;

function ownOperator(world: World, { namespace }: Scene, proxy: ApiProxy, bundles?: Bundles) {
  operators += 1;
  const name = `operator-${operators}`;
  const program = bundles && { program: bundles.operator };
  return startOperator(world, { proxy, name, home: namespace, namespaces: [namespace], ...program });
}

/** Runs all plans and gives their verdicts in the order of the plans. */
export async function runPlans(
  world: World,
  plans: readonly Plan[],
  calm: Calm,
  options: CampaignOptions,
): Promise<readonly Verdict[]> {
  const verdicts = new Map<Plan, Verdict>();
  const note = (verdict: Verdict): void => {
    verdicts.set(verdict.plan, verdict);
    options.onVerdict?.(verdict);
  };
  const namespaceOf = (plan: Plan) => `${options.prefix}-${plans.indexOf(plan) + 1}`;
  const shared = plans.filter((plan) => !needsOwnOperator(plan));
  if (shared.length > 0) await runShared(world, shared, { calm, options, namespaceOf, note });
  const own = plans.filter(needsOwnOperator);
  await inLanes(own, options.lanes ?? 4, async (plan) =>
    note(await runOwn(world, plan, { calm, options, namespaceOf })),
  );
  return plans.flatMap((plan) => verdicts.get(plan) ?? []);
}

interface Campaign {
  readonly calm: Calm;
  readonly options: CampaignOptions;
  readonly namespaceOf: (plan: Plan) => string;
}

/** One operator for all namespaces, one proxy that knows the plan of each. */
async function runShared(
  world: World,
  plans: readonly Plan[],
  campaign: Campaign & { readonly note: (verdict: Verdict) => void },
): Promise<void> {
  const { options, namespaceOf, note } = campaign;
  const triggers = new Map<string, Trigger>();
  const proxy = await newProxy(world, {
    onWrite: (call) => triggers.get(call.namespace)?.onWrite(call),
    crash: (call) => triggers.get(call.namespace)?.crash(),
    onCall: (call) => triggers.get(call.namespace)?.calls.push(call),
  });
  const home = `${options.prefix}-home`;
  await world.cluster.newTenant(home);
  const program = options.bundles && { program: options.bundles.operator };
  const name = `${options.prefix}-shared`;
  const operator = await startOperator(world, { proxy, name, home, restarts: true, ...program });
  const one = async (plan: Plan): Promise<Verdict> => {
    const namespace = namespaceOf(plan);
    const trigger = newTrigger(plan);
    triggers.set(namespace, trigger);
    return timed(plan, async () => {
      const failpoint = plan.kind === "Failpoint" ? { failpoint: `kill:${plan.name}@trades-1-1` } : {};
      const runner = options.bundles && { runner: options.bundles.runner };
      const scene = await startScene(world, { namespace, proxy, calls: trigger.calls, ...failpoint, ...runner });
      trigger.onCrash(() => scene.kubelet.crash());
      try {
        await scene.settled(options.settleSeconds);
        await trigger.hitOrLate();
        const operatorLog = await logOf(operator.log, namespace);
        const attempts = plan.kind === "Write" && plan.write.actor === "operator" ? 1 : 2;
        const problems = await judge(world, scene, campaign.calm, { attempts, operatorLog });
        const hit = plan.kind === "Failpoint" ? scene.kubelet.started.length > 1 : trigger.hasHit();
        return { problems, hit };
      } finally {
        await scene.stop();
      }
    });
  };
  try {
    await inLanes(plans, options.lanes ?? 4, async (plan) => note(await one(plan)));
  } finally {
    await operator.stop();
    await proxy.stop();
  }
}

/** The lines of a shared log that are about one namespace, and those about none. */
async function logOf(file: string, namespace: string): Promise<string> {
  const lines = (await readFile(file, "utf8")).split("\n");
  return lines.filter((line) => line.includes(namespace) || !line.includes("namespace")).join("\n");
}

/** An operator that sees or dies by the plan, and another after it. */
async function runOwn(world: World, plan: Plan, campaign: Campaign): Promise<Verdict> {
  const { calm, options, namespaceOf } = campaign;
  const trigger = newTrigger(plan);
  const view = newView(plan, trigger);
  return timed(plan, async () => {
    const proxy = await newProxy(world, {
      onWrite: trigger.onWrite,
      crash: trigger.crash,
      onWatch: view.onWatch,
      listVersion: view.listVersion,
      onCall: (call) => trigger.calls.push(call),
    });
    const runner = options.bundles && { runner: options.bundles.runner };
    const scene = await startScene(world, { namespace: namespaceOf(plan), proxy, calls: trigger.calls, ...runner });
    view.began((await scene.run())?.metadata.resourceVersion);
    const operator = await superviseOperator(world, scene, proxy, options.bundles);
    trigger.onCrash(operator.kill);
    try {
      await scene.settled(options.settleSeconds);
      await trigger.hitOrLate();
      const problems = await judge(world, scene, calm, { attempts: 1, operatorLog: await operator.log() });
      return { problems, hit: view.hasActed() || trigger.hasHit() };
    } catch (error) {
      const words = (await operator.log()).trim().split("\n").slice(-3).join("\n");
      throw new Error(`${(error as Error).message}\n${words}`, { cause: error });
    } finally {
      await operator.stop();
      await scene.stop();
      await proxy.stop();
    }
  });
}

/** An operator that dies, or ends because it lost its lease, is started anew, as its Deployment does. */
async function superviseOperator(world: World, scene: Scene, proxy: ApiProxy, bundles?: Bundles) {
  let operator = await ownOperator(world, scene, proxy, bundles);
  const logs = [operator.log];
  let isStopping = false;
  const supervised = (async () => {
    while (!isStopping) {
      await operator.ended;
      if (isStopping) return;
      await giveUpLease(world, scene.namespace);
      operator = await ownOperator(world, scene, proxy, bundles);
      logs.push(operator.log);
    }
    await operator.stop(); // it was started while all was being stopped
  })();
  supervised.catch(() => {}); // a plan without an operator does not settle, and says so
  return {
    kill: () => operator.signal("SIGKILL"),
    log: async () => (await Promise.all(logs.map((log) => readFile(log, "utf8")))).join("\n"),
    async stop() {
      isStopping = true;
      await operator.stop();
      await supervised.catch(() => {});
    },
  };
}

interface Trigger {
  readonly calls: ProxiedCall[];
  readonly onWrite: (call: ApiCall) => WriteFault | undefined;
  readonly crash: () => void;
  onCrash(act: () => void): void;
  hasHit(): boolean;
  /** Resolves at the write, at once when there is none to wait for, or late: some writes come after a run is settled. */
  hitOrLate(): Promise<void>;
  hasCrashed(): boolean;
}

/** After this time without it a write is not expected any more. */
const lateMilliseconds = 2_000;

/** Waits for the write of a plan, and acts once. */
function newTrigger(plan: Plan): Trigger {
  const counts = new Map<string, number>();
  let hit = false;
  let crashed = false;
  let act: () => void = () => {};
  const target = plan.kind === "Write" ? plan.write : plan.kind === "View" ? plan.restartAt : undefined;
  const fault: WriteFault | undefined =
    plan.kind === "Write" ? plan.fault : plan.kind === "View" ? { kind: "CrashAfter" } : undefined;
  return {
    calls: [],
    onWrite(call) {
      if (!target || !fault || hit) return undefined;
      const purpose = purposeOf(call);
      const key = `${call.actor} ${purpose}`;
      const ordinal = (counts.get(key) ?? 0) + 1;
      counts.set(key, ordinal);
      if (call.actor !== target.actor || purpose !== target.purpose || ordinal !== target.ordinal) return undefined;
      hit = true;
      return fault;
    },
    crash() {
      crashed = true;
      act();
    },
    onCrash: (acting) => {
      act = acting;
    },
    hasHit: () => hit,
    async hitOrLate() {
      for (let waited = 0; target && !hit && waited < lateMilliseconds; waited += 50)
        await new Promise((resolve) => setTimeout(resolve, 50));
    },
    hasCrashed: () => crashed,
  };
}

/** What the operator of a plan sees. */
function newView(plan: Plan, trigger: Trigger) {
  const fault = plan.kind === "View" ? plan.fault : undefined;
  const done = new Set<string>();
  let acted = false;
  let firstVersion: string | undefined;
  return {
    began: (version: string | undefined) => {
      firstVersion = version;
    },
    hasActed: () => acted,
    onWatch(call: ApiCall) {
      if (!fault) return undefined;
      if (fault.kind === "Late" && !fault.resources.includes(call.resource)) return undefined;
      if (fault.kind === "StaleList" && !trigger.hasCrashed()) return undefined;
      const isOnce = ["Garbage", "ErrorEvent", "Mute", "StaleList"].includes(fault.kind);
      if (isOnce && done.has(call.path.split("resourceVersion")[0] ?? "")) return undefined;
      done.add(call.path.split("resourceVersion")[0] ?? "");
      acted = true;
      return fault;
    },
    /** From before the write after which the operator died. */
    listVersion: (call: ApiCall) => {
      if (fault?.kind !== "StaleList" || !trigger.hasCrashed() || done.has(`list ${call.path}`)) return undefined;
      done.add(`list ${call.path}`);
      return firstVersion;
    },
  };
}

async function timed(
  plan: Plan,
  act: () => Promise<{ readonly problems: readonly string[]; readonly hit: boolean }>,
): Promise<Verdict> {
  const began = performance.now();
  const ended = (rest: Pick<Verdict, "verdict" | "problems">): Verdict => ({
    plan,
    ...rest,
    seconds: (performance.now() - began) / 1_000,
  });
  try {
    const { problems, hit } = await act();
    return ended({ problems, verdict: problems.length > 0 ? "Failed" : hit ? "Passed" : "NoEffect" });
  } catch (error) {
    return ended({ problems: [(error as Error).message], verdict: "Failed" });
  }
}

/** Runs something for each element, so many at once. */
export async function inLanes<T>(all: readonly T[], lanes: number, act: (one: T) => Promise<void>): Promise<void> {
  const rest = [...all];
  const lane = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) await act(next);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/** The verdicts as a table, with the count. */
export function tableOf(verdicts: readonly Verdict[]): string {
  const lines = verdicts.map(({ plan, verdict, problems, seconds }) =>
    [
      placeOf(plan).padEnd(62),
      faultOf(plan).padEnd(28),
      verdict.padEnd(9),
      `${seconds.toFixed(1)} s`,
      ...problems.map((problem) => `\n    ${problem.slice(0, 1_500)}`),
    ].join(" "),
  );
  const count = (verdict: Verdict["verdict"]) => verdicts.filter((one) => one.verdict === verdict).length;
  const words = `${verdicts.length} plans: ${count("Passed")} passed, ${count("Failed")} failed, ${count("NoEffect")} without effect`;
  return [...lines, words].join("\n");
}
