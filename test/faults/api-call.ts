/** Says in words what a request to the API server is: who makes it, where, and which write it is. Pure. */

import { stepStates } from "@openreg/crds";

/** Who speaks. */
export type Actor = "operator" | "runner";

/** One request as the proxy sees it. */
export interface ApiCall {
  readonly actor: Actor;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly namespace: string;
  /** Plural, and subresource after a slash. */
  readonly resource: string;
  readonly name: string;
  readonly body: string;
  readonly isWrite: boolean;
  readonly isWatch: boolean;
  readonly isList: boolean;
}

/** Parses a request. */
export function callOf(method: string, path: string, body: string): ApiCall {
  const url = new URL(path, "http://api");
  const parts = url.pathname.split("/").filter((part) => part !== "");
  const rest = parts[0] === "api" ? parts.slice(2) : parts.slice(3);
  const isNamespaced = rest[0] === "namespaces" && rest.length > 2;
  const [plural = "", name = "", subresource = ""] = isNamespaced ? rest.slice(2) : rest;
  const actor: Actor = url.searchParams.get("fieldManager") === "openreg-runner" ? "runner" : "operator";
  return {
    actor,
    method,
    path,
    namespace: isNamespaced ? (rest[1] ?? "") : "",
    resource: subresource ? `${plural}/${subresource}` : plural,
    name,
    body,
    // an empty patch of the runner reads
    isWrite: method !== "GET" && plural !== "leases" && !(actor === "runner" && body === "{}"),
    isWatch: method === "GET" && url.searchParams.get("watch") === "true",
    isList: method === "GET" && name === "" && url.searchParams.get("watch") !== "true",
  };
}

interface Written {
  readonly metadata?: {
    readonly name?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly finalizers?: readonly string[];
  };
  readonly status?: {
    readonly state?: string;
    readonly attempt?: number;
    readonly execution?: {
      readonly attempt?: number;
      readonly step?: string;
      readonly outcome?: { readonly code?: string };
      readonly deliveries?: readonly { readonly state?: string }[];
      readonly artifacts?: readonly unknown[];
    };
  };
  readonly spec?: { readonly reportVersionRef?: unknown };
  readonly reason?: string;
}

/** What a write is for, in few words that do not depend on names, times or versions. */
export function purposeOf(call: ApiCall): string {
  const body = parsed(call.body);
  const what = `${verbs[call.method] ?? call.method} ${call.resource}`;
  const execution = body.status?.execution;
  if (call.actor === "runner") return `${what}: ${execution ? executionWords(execution) : "?"}`;
  if (call.resource === "reportruns/status") {
    const state = body.status?.state ?? "?";
    return `${what}: ${underWay.includes(state) ? "under way" : state}`;
  }
  if (call.resource === "reportruns") return `${what}: ${metadataWords(body)}`;
  if (call.resource === "configmaps") {
    return `${what}: ${body.metadata?.name === "openreg-evidence-keys" ? "key" : "plan"}`;
  }
  if (call.resource === "events") return `${what}: ${body.reason ?? "?"}`;
  return what;
}

/** How far the runner has come when the operator looks is a matter of milliseconds too. */
const underWay: readonly string[] = stepStates;

function executionWords(execution: NonNullable<NonNullable<Written["status"]>["execution"]>): string {
  const { step = "?", outcome } = execution;
  const deliveries = execution.deliveries ?? []; // a patch says null for what is not there
  if (outcome?.code) return `outcome ${outcome.code}`;
  const states = [...new Set(deliveries.map(({ state }) => state))].filter((state) => state !== undefined);
  // steps that fall together become one write, so which ones are told is a matter of milliseconds
  const isBetween = states.length === 0 && step !== "Initializing" && step !== "Delivering";
  return isBetween ? "a step" : [step, ...states].join(" ");
}

function metadataWords({ metadata, spec }: Written): string {
  if (spec?.reportVersionRef) return "version and finalizer";
  if (metadata?.labels?.["openreg.dev/settled"]) return "settled";
  return metadata?.finalizers ? "finalizer" : "metadata";
}

const verbs: Readonly<Record<string, string>> = {
  POST: "create",
  PUT: "replace",
  PATCH: "patch",
  DELETE: "delete",
};

function parsed(text: string): Written {
  try {
    return JSON.parse(text) as Written;
  } catch {
    return {};
  }
}
