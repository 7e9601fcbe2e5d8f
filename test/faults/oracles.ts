/** Decides whether a plan has passed: end state, writes, Jobs, the receiver's files, history, secrets, and how programs ended. */
import { isDeepStrictEqual } from "node:util";
import type { ReportRun } from "../../operator/src/objects.ts";
import { purposeOf } from "./api-call.ts";
import type { ProxiedCall } from "./proxy.ts";
import { brokenByHistory } from "./run-model.ts";
import { type EndState, endStateOf, runName, type Scene, textsOf } from "./scene.ts";
import type { World } from "./world.ts";

/** The end of the run that nobody disturbed. */
export interface Calm {
  readonly end: EndState;
  readonly calls: readonly ProxiedCall[];
}

/** What a plan may differ in. */
export interface Allowance {
  /** The most attempts; 1 where only the operator is disturbed. */
  readonly attempts: number;
  /** The texts of the operator's log. */
  readonly operatorLog: string;
}

/** What is wrong, in sentences; empty when the plan has passed. */
export async function judge(world: World, scene: Scene, calm: Calm, allowed: Allowance): Promise<readonly string[]> {
  const end = await quietEnd(world, scene, calm.end);
  const { jobs, runs } = world.historyOf(scene.namespace);
  return [
    ...endProblems(end, calm.end),
    ...jobProblems(jobs, allowed.attempts),
    ...orderProblems(scene.calls),
    ...writeProblems(scene.calls, calm.calls, allowed.attempts),
    ...brokenByHistory(runs as readonly ReportRun[]),
    ...effectProblems(scene),
    ...(await secretProblems(world, scene, allowed.operatorLog)),
    ...processProblems(scene, allowed.operatorLog),
  ];
}

/** What is deleted in the background may take a moment. */
async function quietEnd(world: World, scene: Scene, calm: EndState): Promise<EndState> {
  for (let tries = 0; ; tries += 1) {
    const end = await endStateOf(world, scene);
    if (tries >= 20 || isDeepStrictEqual(end.objects, calm.objects)) return end;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function endProblems(end: EndState, calm: EndState): readonly string[] {
  return (["run", "objects", "files", "ledger"] as const).flatMap((part) =>
    isDeepStrictEqual(end[part], calm[part]) ? [] : [`${part} differs: ${differenceOf(end[part], calm[part])}`],
  );
}

function differenceOf(one: object, other: object): string {
  if (Array.isArray(one)) return `${JSON.stringify(one)} instead of ${JSON.stringify(other)}`;
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>];
  return Object.keys({ ...left, ...right })
    .filter((key) => !isDeepStrictEqual(left[key], right[key]))
    .map((key) => `${key} ${JSON.stringify(left[key])} instead of ${JSON.stringify(right[key])}`)
    .join("; ");
}

/** One Job per attempt, ever. */
function jobProblems(jobs: ReadonlySet<string>, attempts: number): readonly string[] {
  const names = [...jobs].map((one) => one.split(" ")[0]).toSorted();
  const wanted = names.map((_name, index) => `${runName}-${index + 1}`);
  if (names.length === 0 || !isDeepStrictEqual(names, wanted)) return [`Jobs were ${names.join(", ") || "none"}`];
  return names.length > attempts ? [`${names.length} attempts where ${attempts} are enough`] : [];
}

/** What was written more than twice, with how it was answered. */
function oftenest(calls: readonly ProxiedCall[]): string {
  const times = new Map<string, number>();
  for (const call of calls) {
    const what = `${call.actor} ${purposeOf(call)}, ${call.status}`;
    times.set(what, (times.get(what) ?? 0) + 1);
  }
  const often = [...times].filter(([, count]) => count > 2).toSorted(([, one], [, other]) => other - one);
  return often.map(([what, count]) => `${count} × ${what}`).join("; ");
}

/** Nothing is created twice, and nobody writes much more than without the fault. */
function writeProblems(
  calls: readonly ProxiedCall[],
  calm: readonly ProxiedCall[],
  attempts: number,
): readonly string[] {
  const created = new Map<string, number>();
  for (const call of calls) {
    if (call.method !== "POST" || call.status !== 201 || call.resource === "events") continue;
    const name = `${call.resource} ${JSON.parse(call.body).metadata.name}`;
    created.set(name, (created.get(name) ?? 0) + 1);
  }
  // a plan that an operator left may be made anew, because it does not know of what happened since
  const doubled = [...created].filter(([name, times]) => times > (name.startsWith("configmaps") ? 2 : 1));
  const limit = (calm.length + 8) * attempts + 12;
  return [
    ...doubled.map(([name, times]) => `${name} was created ${times} times`),
    ...(calls.length > limit ? [`${calls.length} writes where ${calm.length} are enough: ${oftenest(calls)}`] : []),
  ];
}

/** Finalizer and version, what the Pod may reach, plan, Job; and the Job is gone before the run counts as settled. */
function orderProblems(calls: readonly ProxiedCall[]): readonly string[] {
  const applied = calls.filter(({ status }) => status >= 200 && status < 300).map(purposeOf);
  const places = beforeJob.map((purpose) => applied.indexOf(purpose));
  const settled = applied.indexOf("patch reportruns: settled");
  return [
    ...(places[0] !== -1 && String(places) === String(places.toSorted((a, b) => a - b))
      ? []
      : [`the order of writes was ${applied}`]),
    ...(settled >= 0 && applied.lastIndexOf("delete jobs") > settled
      ? ["a Job was deleted after its run was settled"]
      : []),
  ];
}

const beforeJob: readonly string[] = [
  "patch reportruns: version and finalizer",
  "create networkpolicies",
  "create configmaps: plan",
  "create jobs",
];

/** By what the receiver's file system told: nothing under a final name ever came twice, or went. */
function effectProblems({ prepared }: Scene): readonly string[] {
  const published = prepared.seen.filter((name) => name.endsWith(".csv"));
  return published.length === 1 ? [] : [`the receiver saw a final name come or go ${published.length} times`];
}

async function secretProblems(world: World, scene: Scene, operatorLog: string): Promise<readonly string[]> {
  const texts = new Map([...(await textsOf(world, scene)), ["log of the operator", operatorLog]]);
  return [...texts].flatMap(([where, text]) =>
    world.canaries.some((canary) => text.includes(canary)) ? [`a secret is in ${where}`] : [],
  );
}

const crashes = /unhandled|uncaught|TypeError|ReferenceError|RangeError|panicked/i;

function processProblems({ kubelet }: Scene, operatorLog: string): readonly string[] {
  const said = [...kubelet.started.map((pod) => pod.output()), operatorLog];
  return said.flatMap((text) => {
    const line = text.split("\n").find((one) => crashes.test(one));
    return line ? [`a program broke: ${line.slice(0, 400)}`] : [];
  });
}
