/** Starts a bare control plane with our CRDs in it and talks to its API server as its administrator. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import type { StructuralNode } from "../../../crds/generate/schema-node.ts";
import { startControlPlane } from "../../cluster/control-plane.ts";
import { quiet } from "../../cluster/progress.ts";
import { until } from "../../cluster/until.ts";

/** What the API server answered: the object, or the `Status` that says why not. */
export interface Answer {
  readonly status: number;
  readonly body: ApiObject & StatusBody;
}

/** Any object of the API. */
export interface ApiObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: Readonly<Record<string, unknown>> & { readonly name?: string };
  readonly spec?: unknown;
  readonly status?: unknown;
}

interface StatusBody {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] };
}

/** What is sent; a body that is an object goes as JSON. */
export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "PATCH";
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

/** A CRD as it is committed. */
export interface CommittedCrd {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: StructuralNode } }];
  };
}

/** A running API server with our CRDs. */
export interface Api {
  send(call: Call): Promise<Answer>;
  stop(): Promise<void>;
}

const folder = join(import.meta.dirname, "../../../crds");

/** The CRDs as they are committed, by kind. */
export const committedCrds: ReadonlyMap<string, CommittedCrd> = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith(".openreg.dev.yaml"))
    .map((name) => parse(readFileSync(join(folder, name), "utf8"), { version: "1.1" }) as CommittedCrd)
    .map((crd) => [crd.spec.names.kind, crd]),
);

/** The schema of the objects of a kind. */
export function schemaOf(kind: string): StructuralNode {
  const crd = committedCrds.get(kind);
  if (!crd) throw new Error(`no CRD of kind ${kind} is committed below crds/`);
  return crd.spec.versions[0].schema.openAPIV3Schema;
}

/** The path of the objects of a kind, of one object, or of its status. */
export function pathOf(kind: string, name = "", subresource = ""): string {
  const plural = committedCrds.get(kind)?.spec.names.plural;
  return ["/apis/openreg.dev/v1alpha1/namespaces/default", plural, name, subresource].filter((part) => part).join("/");
}

/** Starts the API server and installs the CRDs; ready for objects of all kinds when this returns. Leaves nothing when it throws. */
export async function startApi(): Promise<Api> {
  const dir = mkdtempSync(join(tmpdir(), "openreg-crds-"));
  const controlPlane = await startControlPlane({ dir, progress: quiet });
  const { send, close } = newSender(controlPlane);
  const stop = async () => {
    close();
    await controlPlane.stop();
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    await installCrds(send);
  } catch (error) {
    await stop();
    throw error;
  }
  return { send, stop };
}

async function installCrds(send: Api["send"]): Promise<void> {
  for (const crd of committedCrds.values()) {
    const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions?fieldValidation=Strict";
    const { status, body } = await send({ method: "POST", path, body: crd });
    if (status !== 201) throw new Error(`${crd.metadata.name} is refused: ${body.message}`);
  }
  for (const kind of committedCrds.keys()) {
    const isServed = async () => (await send({ method: "GET", path: pathOf(kind) })).status === 200;
    await until({ what: `${kind} is served`, seconds: 30 }, isServed);
  }
}

function newSender({ kubeconfig, url }: { readonly kubeconfig: string; readonly url: string }) {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, "utf8"));
  const decoded = (text: string) => Buffer.from(text, "base64").toString();
  const agent = new Agent({
    keepAlive: true,
    ca: decoded(clusters[0].cluster["certificate-authority-data"]),
    cert: decoded(users[0].user["client-certificate-data"]),
    key: decoded(users[0].user["client-key-data"]),
  });
  const send = ({ method, path, body, contentType = "application/json", accept = "application/json" }: Call) =>
    new Promise<Answer>((resolve, reject) => {
      const headers = { accept, ...(body === undefined ? {} : { "content-type": contentType }) };
      const sent = request(new URL(path, url), { method, agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) });
        });
      });
      sent.on("error", reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  return { send, close: () => agent.destroy() };
}

/** Every refusal of an answer as `field: message`, one per line; empty when it was accepted. */
export function refusalsOf({ status, body }: Answer): string {
  if (status < 300) return "";
  const causes = body.details?.causes ?? [];
  return causes.length === 0
    ? (body.message ?? `status ${status}`)
    : causes.map(({ field, message }) => `${field}: ${message}`).join("\n");
}
