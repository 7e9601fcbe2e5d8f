/** Owns who may start in each namespace: works the line out again when something moved, and remembers whom it let start until the cache shows it. */
import { type Clock, pause } from "../controller/clock.ts";
import type { ObjectKey } from "../controller/kubernetes.ts";
import { keyOf } from "../controller/kubernetes.ts";
import type { ReportRun } from "../objects.ts";
import { admit } from "./decide.ts";
import {
  type AdmissionCaches,
  definitionOfRun,
  drawPicture,
  hasOpenAttempt,
  type Limits,
  limitsOfRun,
  readLimits,
  versionNameOf,
} from "./picture.ts";

/** Lets runs start. */
export interface Admission {
  /** Why a run that could start its next attempt now has to wait; undefined when it may start. */
  standingOf(run: ReportRun): Promise<string | undefined>;
  /** Works a namespace out again: which runs are to be woken, and after how long to ask again though nothing moves; 0 for never. */
  refresh(namespace: string): { readonly wake: readonly ObjectKey[]; readonly againMilliseconds: number };
}

/** What admission is made of; `mostPerNamespace` 0 means no limit. */
export interface AdmissionOptions {
  readonly caches: AdmissionCaches;
  readonly clock: Clock;
  readonly mostPerNamespace: number;
}

/** Someone who was let start and shows nothing of it for longer than this lost its place: a reconcile lasts a minute at most. */
const longestAssumption = 120_000;
/** Whoever asks is not answered by a line that is older than this. */
const longestStanding = 60_000;
/** The line is worked out no more often than this, and takes no more than a fifth of the time. */
const shortestPause = 20;
const longestPause = 1_000;

/** Admission for all namespaces; nobody waits yet. */
export function newAdmission(options: AdmissionOptions): Admission {
  const lines = new Map<string, Line>();
  const lineOf = (namespace: string) => {
    const line = lines.get(namespace) ?? new Line(namespace, options);
    lines.set(namespace, line);
    return line;
  };
  return {
    standingOf: (run) => lineOf(run.metadata.namespace ?? "").standingOf(run),
    refresh: (namespace) => lineOf(namespace).refresh(),
  };
}

interface Assumption {
  /** Number of the last attempt that the run showed when it was let start the next one; 0 for none. */
  readonly after: number;
  /** The version whose places were counted: with another the run asks anew. */
  readonly version: string | undefined;
  usedAt: number;
}

class Line {
  readonly #namespace: string;
  readonly #options: AdmissionOptions;
  #standings: ReadonlyMap<string, string | undefined> = new Map();
  readonly #assumed = new Map<string, Assumption>();
  readonly #asking = new Set<string>();
  readonly #passedOver = new Set<string>();
  readonly #told = new Map<string, string | undefined>();
  #workedOutAt = Number.NEGATIVE_INFINITY;
  #pause = shortestPause;
  #next: Promise<void> | undefined;

  constructor(namespace: string, options: AdmissionOptions) {
    this.#namespace = namespace;
    this.#options = options;
  }

  async standingOf(run: ReportRun): Promise<string | undefined> {
    const limits = this.#limits();
    if (!limits || !this.#needsPlace(run, limits)) return undefined;
    const uid = run.metadata.uid ?? "";
    if (this.#useAssumption(uid, run)) return undefined;
    this.#passedOver.delete(uid);
    this.#asking.add(uid);
    if (this.#standings.get(uid) === undefined || this.#isOld()) await this.#workOutSoon();
    if (this.#useAssumption(uid, run)) return undefined;
    const text = this.#standings.get(uid) ?? "its turn is being worked out";
    this.#told.set(uid, text);
    return text;
  }

  refresh(): { readonly wake: readonly ObjectKey[]; readonly againMilliseconds: number } {
    const early = this.#workedOutAt + this.#pause - this.#options.clock.monotonic();
    if (early > 0) return { wake: [], againMilliseconds: early };
    this.#workOut();
    return { wake: this.#takeNews(), againMilliseconds: this.#untilNextIsLate() };
  }

  #isOld(): boolean {
    return this.#options.clock.monotonic() - this.#workedOutAt >= longestStanding;
  }

  /** How long until the first of those who were let start loses its place, if nothing is seen of it; 0 when there is none. */
  #untilNextIsLate(): number {
    if (this.#assumed.size === 0) return 0;
    const oldest = Math.min(...[...this.#assumed.values()].map(({ usedAt }) => usedAt));
    return Math.max(shortestPause, oldest + longestAssumption + 1 - this.#options.clock.monotonic());
  }

  #limits(): Limits | undefined {
    return readLimits(this.#options.caches, this.#namespace, this.#options.mostPerNamespace);
  }

  #needsPlace(run: ReportRun, limits: Limits): boolean {
    const { whole, attempt } = limitsOfRun(limits, run, definitionOfRun(this.#options.caches, run));
    return whole.length + attempt.length > 0;
  }

  /** Whether the run was let start the attempt that it asks for. */
  #useAssumption(uid: string, run: ReportRun): boolean {
    const assumption = this.#assumed.get(uid);
    if (!assumption || !isPending(assumption, run)) return false;
    assumption.usedAt = this.#options.clock.monotonic();
    return true;
  }

  /** Those who ask at once share one working out. */
  #workOutSoon(): Promise<void> {
    const { clock } = this.#options;
    const wait = Math.max(0, this.#workedOutAt + this.#pause - clock.monotonic());
    this.#next ??= pause(clock, wait).then(() => {
      this.#next = undefined;
      this.#workOut();
    });
    return this.#next;
  }

  #workOut(): void {
    const { clock, caches } = this.#options;
    const startedAt = clock.monotonic();
    const limits = this.#limits();
    this.#dropAssumptions(startedAt);
    this.#standings = limits
      ? admit(
          drawPicture({
            caches,
            namespace: this.#namespace,
            limits,
            isAssumed: (run) => this.#assumed.has(run.metadata.uid ?? ""),
            hasAsked: (uid) => this.#asking.has(uid),
            isPassedOver: (uid) => this.#passedOver.has(uid),
          }),
        )
      : new Map();
    this.#asking.clear();
    for (const [uid, text] of this.#standings) if (text === undefined) this.#assume(uid, startedAt);
    this.#workedOutAt = clock.monotonic();
    const took = this.#workedOutAt - startedAt;
    this.#pause = Math.min(longestPause, Math.max(shortestPause, took * 5));
  }

  #assume(uid: string, now: number): void {
    const run = this.#runOf(uid);
    if (!run) return;
    const version = versionNameOf(this.#options.caches, run);
    this.#assumed.set(uid, { after: lastAttemptOf(run), version, usedAt: now });
  }

  #runOf(uid: string): ReportRun | undefined {
    return this.#options.caches.activeRuns.in(this.#namespace).store.byUid(uid);
  }

  #dropAssumptions(now: number): void {
    for (const [uid, assumption] of this.#assumed) {
      const run = this.#runOf(uid);
      const isLate = now - assumption.usedAt > longestAssumption;
      if (run && isPending(assumption, run) && !isLate) continue;
      this.#assumed.delete(uid);
      if (run && isLate) this.#passedOver.add(uid);
    }
    for (const uid of this.#passedOver) if (!this.#runOf(uid)) this.#passedOver.delete(uid);
  }

  /** The runs that stand otherwise than they were last told. */
  #takeNews(): readonly ObjectKey[] {
    const moved = [...this.#standings].filter(([uid, text]) => !this.#told.has(uid) || this.#told.get(uid) !== text);
    const gone = [...this.#told].filter(([uid]) => !this.#standings.has(uid));
    for (const [uid] of gone) this.#told.delete(uid);
    for (const [uid, text] of moved) this.#told.set(uid, text);
    const waited = gone.filter(([, text]) => text !== undefined); // they need not wait in line any more
    return [...moved, ...waited].flatMap(([uid]) => {
      const run = this.#runOf(uid);
      return run ? [keyOf(run)] : [];
    });
  }
}

/** The attempt that was allowed is not to be seen yet. */
function isPending({ after, version }: Assumption, run: ReportRun): boolean {
  const { name = version } = run.spec.reportVersionRef ?? {};
  return name === version && lastAttemptOf(run) === after && !hasOpenAttempt(run);
}

function lastAttemptOf({ status }: ReportRun): number {
  return status?.attempts?.at(-1)?.number ?? 0;
}
