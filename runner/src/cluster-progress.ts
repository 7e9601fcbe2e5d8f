/** Owns reporting to the cluster: one write in flight, the newest state wins, and every answer says whether the attempt is still ours. */
import { jobNameOf, type RunPlan } from "@openreg/crds";
import type { Execution } from "@openreg/crds/types";
import type { Clock } from "./clock.ts";
import { asStepError, StepError } from "./errors.ts";
import { type ExecutionDraft, enterStep, executionOf, inherit, newDraft } from "./execution.ts";
import type { Interruption } from "./interruption.ts";
import type { Log } from "./log.ts";
import type { Progress } from "./progress.ts";
import { TokenWatch } from "./refused-token.ts";
import { type ApiAnswer, type PatchStatus, patchPatiently, type RetryPolicy } from "./run-status-api.ts";

/** What reporting needs. */
export interface ClusterProgressSource {
  readonly plan: RunPlan;
  readonly podUID: string;
  readonly patchStatus: PatchStatus;
  readonly interruption: Interruption;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

interface SeenRun {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string };
  readonly spec?: { readonly cancel?: boolean };
  readonly status?: { readonly attempt?: number; readonly execution?: Execution };
}

/** Long enough for an API server that is rebuilt; the deadline of the run cuts it short. */
const patienceMilliseconds = 30 * 60_000;
const lastPatienceMilliseconds = 20_000;

/** Reports one attempt to its ReportRun. */
export class ClusterProgress implements Progress {
  readonly draft: ExecutionDraft;
  readonly #source: ClusterProgressSource;
  readonly #policy: RetryPolicy;
  #isDirty = false;
  #writing: Promise<void> | undefined;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(source: ClusterProgressSource) {
    const { plan, podUID, clock, random, interruption } = source;
    this.#source = source;
    this.draft = newDraft(plan.attempt, podUID, clock.now());
    // a process that was told to stop has seconds to say why
    const patience = (): number => (interruption.stopping ? lastPatienceMilliseconds : patienceMilliseconds);
    this.#policy = { clock, random, patienceMilliseconds: patience, token: new TokenWatch(clock) };
  }

  async take(): Promise<void> {
    while (true) {
      const run = await this.#call({});
      const owner = run.status?.execution;
      if (owner?.attempt === this.draft.attempt && owner.podUID !== this.draft.podUID)
        throw this.#fenced(`Pod ${owner.podUID} has it`);
      inherit(this.draft, owner);
      const { resourceVersion } = run.metadata;
      // with the resourceVersion the write is a compare-and-swap: of two Pods one gets 409, reads again and finds the other
      const answer = await this.#send({ metadata: { resourceVersion }, ...this.#patch() });
      if (answer.status === 409) continue;
      this.#observe(this.#understood(answer));
      break;
    }
    this.#heartbeat = setInterval(() => this.#write(), this.#source.plan.heartbeatSeconds * 1000);
    this.#heartbeat.unref();
  }

  enter(step: ExecutionDraft["step"]): void {
    if (step === this.draft.step) return;
    enterStep(this.draft, step, this.#source.clock.now());
    this.#write();
  }

  changed(): void {} // rides on the next step change, heartbeat or `settled`

  async settled(): Promise<void> {
    this.#write();
    while (this.#writing !== undefined) await this.#writing;
    if (this.#source.interruption.stopping?.code === "Fenced") throw this.#source.interruption.stopping;
  }

  async checkOwned(): Promise<void> {
    const { interruption } = this.#source;
    await this.#call({}).catch((error: unknown) => {
      interruption.request(asStepError(error)); // no receiver is to blame: the attempt ends, and none is tried again
      throw error;
    });
    if (interruption.stopping?.code === "Fenced") throw interruption.stopping;
  }

  close(): void {
    clearInterval(this.#heartbeat);
  }

  /** Starts a write, or lets the one in flight be followed by one more; so steps that fall together become one write. */
  #write(): void {
    this.#isDirty = true;
    if (this.#writing !== undefined) return;
    this.#writing = this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    this.#writing.catch(() => {}); // the interruption carries the failure; `settled` throws it too
  }

  async #writeAll(): Promise<void> {
    try {
      while (this.#isDirty) {
        this.#isDirty = false;
        await this.#call(this.#patch());
      }
    } catch (error) {
      const reason = asStepError(error);
      this.#source.interruption.request(reason);
      throw reason;
    }
  }

  #patch(): { status: { execution: object } } {
    return { status: { execution: executionOf(this.draft, this.#source.clock.now()) } };
  }

  async #call(patch: object): Promise<SeenRun> {
    const run = this.#understood(await this.#send(patch));
    this.#observe(run);
    return run;
  }

  #send(patch: object): Promise<ApiAnswer> {
    return patchPatiently(this.#source.patchStatus, patch, this.#policy);
  }

  #understood({ status, body }: ApiAnswer): SeenRun {
    if (status >= 200 && status < 300) return body as SeenRun;
    const message = String((body as { message?: unknown } | undefined)?.message ?? `HTTP ${status}`);
    if (status === 401)
      throw this.#fenced(
        "the API server refuses its token, which has not expired: the Pod was deleted, or its account",
      );
    if (status === 404) throw this.#fenced("the run does not exist any more");
    if (status === 403 && !message.includes("cannot patch resource"))
      throw this.#fenced(`the API server refuses this Pod: ${message}`);
    const remedy =
      status === 403 ? "; the Role of openreg-runner is missing in the namespace: name it in the chart's tenants" : "";
    throw new StepError("InternalError", `the API server does not take the status of the run: ${message}${remedy}`);
  }

  #observe(run: SeenRun): void {
    const { plan, interruption } = this.#source;
    if (run.metadata.uid !== plan.run.uid) throw this.#fenced("a run of this name was created anew");
    if (run.status?.attempt !== plan.attempt)
      throw this.#fenced(`attempt ${run.status?.attempt ?? "0"} is the current one`);
    const execution = run.status.execution;
    if (execution?.attempt === plan.attempt && execution.podUID !== this.draft.podUID)
      throw this.#fenced(`Pod ${execution.podUID} has it`);
    // settling is what comes before a cancelled run may end
    if (run.spec?.cancel && plan.purpose !== "Settle")
      interruption.request(new StepError("Cancelled", `spec.cancel of run ${plan.run.name} was set`));
  }

  #fenced(why: string): StepError {
    const { plan, interruption } = this.#source;
    const error = new StepError(
      "Fenced",
      `${jobNameOf(plan.run.name, plan.attempt)} is not this Pod's attempt: ${why}`,
    );
    interruption.request(error);
    return error;
  }
}
