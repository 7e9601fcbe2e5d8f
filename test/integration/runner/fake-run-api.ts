/** Owns a small API server for runner tests: one ReportRun, merge patches on its status, and the rules of the admission policy. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { RunPlan } from "@openreg/crds";
import type { Execution } from "@openreg/crds/types";

/** The run as the server holds it. */
export interface HeldRun {
  metadata: { name: string; uid: string; resourceVersion: string };
  spec: { cancel?: boolean };
  status: { attempt: number; execution?: Execution };
}

/** A running server; tests change `run` as the operator or a person would. */
export interface FakeRunApi {
  readonly url: string;
  run: HeldRun;
  /** Bodies of the patches that changed something, oldest first. */
  readonly writes: Execution[];
  /** How many empty patches came. */
  reads: number;
  /** Answers to give instead of serving, oldest first. */
  readonly failures: { status: number; message?: string }[];
  /** Called before each write is applied. */
  beforeWrite: (execution: Execution) => void;
  stop(): Promise<void>;
}

/** Starts a server that holds the run of a plan. */
export async function startFakeRunApi(plan: RunPlan): Promise<FakeRunApi> {
  const server = createServer((request, response) => void serve(api, request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const api: FakeRunApi = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    run: {
      metadata: { name: plan.run.name, uid: plan.run.uid, resourceVersion: "1" },
      spec: {},
      status: { attempt: plan.attempt },
    },
    writes: [],
    reads: 0,
    failures: [],
    beforeWrite: () => {},
    stop: () => stopServer(server),
  };
  return api;
}

async function serve(api: FakeRunApi, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const patch = JSON.parse(Buffer.concat(chunks).toString("utf8")) as {
    metadata?: { resourceVersion?: string };
    status?: { execution?: Execution };
  };
  const answer = (status: number, body: object): void =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  const failure = api.failures.shift();
  if (failure) return answer(failure.status, { message: failure.message ?? "failure" });
  if (request.headers["content-type"] !== "application/merge-patch+json") return answer(415, { message: "wrong type" });
  const wanted = patch.metadata?.resourceVersion;
  const execution = patch.status?.execution;
  if (!execution) {
    api.reads += 1;
    return answer(200, api.run);
  }
  api.beforeWrite(execution);
  if (wanted !== undefined && wanted !== api.run.metadata.resourceVersion) return answer(409, { message: "conflict" });
  const owner = api.run.status.execution;
  const isForeign = owner?.attempt === api.run.status.attempt && owner.podUID !== execution.podUID;
  if (isForeign || execution.attempt !== api.run.status.attempt)
    return answer(403, { message: "ValidatingAdmissionPolicy 'openreg-runner' denied request" });
  api.run.status.execution = merged(owner, execution) as Execution;
  api.run.metadata.resourceVersion = String(Number(api.run.metadata.resourceVersion) + 1);
  api.writes.push(structuredClone(api.run.status.execution));
  answer(200, api.run);
}

/** RFC 7396: objects are merged, null removes, anything else replaces. */
function merged(old: unknown, patch: unknown): unknown {
  if (patch === null || typeof patch !== "object" || Array.isArray(patch)) return patch;
  const result: Record<string, unknown> =
    old !== null && typeof old === "object" && !Array.isArray(old) ? { ...old } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

async function stopServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
