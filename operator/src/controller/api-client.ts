/** Owns the REST calls of Kubernetes, one function per verb, on any resource. */
import type { IncomingMessage } from "node:http";
import { isNotFound } from "./api-error.ts";
import {
  apiVersionOf,
  type KubernetesList,
  type KubernetesObject,
  type ObjectKey,
  type Resource,
} from "./kubernetes.ts";
import { newRequestSender, type RequestSender, type RequestSenderOptions } from "./request-sender.ts";

/** Which objects a list or watch is about. */
export interface Selection {
  /** Only this namespace; all of them when absent. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Only the metadata of each object, as PartialObjectMetadata. */
  readonly metadataOnly?: boolean | undefined;
}

/** One page of a list. */
export interface ListOptions extends Selection, CallOptions {
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
}

/** A watch from a resourceVersion on; the API server ends it after `timeoutSeconds`. */
export interface WatchOptions extends Selection, CallOptions {
  readonly resourceVersion: string;
  readonly timeoutSeconds: number;
}

/** Ends a call early. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** How an apply is made; `force` (default true) takes fields over from other managers. */
export interface ApplyOptions extends CallOptions {
  readonly fieldManager?: string;
  readonly force?: boolean;
}

/** What a delete is decided on; `uid` is required because names are reused. */
export interface DeleteOptions extends CallOptions {
  readonly uid: string;
  readonly resourceVersion?: string;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly gracePeriodSeconds?: number;
}

/** What a merge patch touches. */
export interface PatchOptions extends CallOptions {
  readonly subresource?: "status" | undefined;
}

/** The verbs. All throw ApiError; `find` answers undefined instead of 404. A `metadata.resourceVersion` in a body makes the write a compare-and-swap. */
export interface ApiClient {
  get<T extends KubernetesObject>(resource: Resource, key: ObjectKey, options?: CallOptions): Promise<T>;
  find<T extends KubernetesObject>(resource: Resource, key: ObjectKey, options?: CallOptions): Promise<T | undefined>;
  list<T extends KubernetesObject>(resource: Resource, options?: ListOptions): Promise<KubernetesList<T>>;
  /** All pages of a list; a 410 on a later page is thrown. */
  listAll<T extends KubernetesObject>(resource: Resource, options?: ListOptions): Promise<KubernetesList<T>>;
  /** The raw stream of a watch, one JSON document per line. */
  watch(resource: Resource, options: WatchOptions): Promise<IncomingMessage>;
  create<T extends KubernetesObject>(
    resource: Resource,
    object: T,
    options?: CallOptions,
  ): Promise<T & KubernetesObject>;
  replace<T extends KubernetesObject>(
    resource: Resource,
    object: T,
    options?: CallOptions,
  ): Promise<T & KubernetesObject>;
  replaceStatus<T extends KubernetesObject>(
    resource: Resource,
    object: T,
    options?: CallOptions,
  ): Promise<T & KubernetesObject>;
  /** Server-side apply of what the object says, no more. */
  apply<T extends KubernetesObject>(
    resource: Resource,
    object: T,
    options?: ApplyOptions,
  ): Promise<T & KubernetesObject>;
  applyStatus<T extends KubernetesObject>(
    resource: Resource,
    object: T,
    options?: ApplyOptions,
  ): Promise<T & KubernetesObject>;
  /** `application/merge-patch+json`: null removes, lists are replaced. */
  mergePatch<T extends KubernetesObject>(
    resource: Resource,
    key: ObjectKey,
    patch: object,
    options?: PatchOptions,
  ): Promise<T>;
  /** Deletes with preconditions. Answers the object when it waits for finalizers or a grace period, else a Status. */
  delete(resource: Resource, key: ObjectKey, options: DeleteOptions): Promise<KubernetesObject>;
}

/** What a client is made of; `fieldManager` is `openreg-operator` by default. */
export interface ApiClientOptions extends RequestSenderOptions {
  readonly fieldManager?: string;
}

/** A client for all kinds. Reads are retried on 429, 5xx and silence; writes only on 429, which the API server answers before it does anything. */
export function newApiClient(options: ApiClientOptions): ApiClient {
  const sender = newRequestSender(options);
  const fieldManager = options.fieldManager ?? "openreg-operator";
  return { ...reading(sender), ...writing(sender, fieldManager) };
}

type Reads = Pick<ApiClient, "get" | "find" | "list" | "listAll" | "watch">;
type Writes = Omit<ApiClient, keyof Reads>;

function reading({ json, stream }: RequestSender): Reads {
  const get: ApiClient["get"] = (resource, key, { signal } = {}) =>
    json({ verb: "get", resource, method: "GET", path: pathOf(resource, key), signal });
  const list = async <T extends KubernetesObject>(resource: Resource, { signal, ...page }: ListOptions = {}) => {
    const [headers, path] = [acceptOf(page, "List"), listPath(resource, page)];
    const answer = await json<KubernetesList<T>>({ verb: "list", resource, method: "GET", path, headers, signal });
    return { ...answer, items: answer.items ?? [] }; // an empty list of metadata comes as null
  };
  return {
    get,
    list,
    async find(resource, key, call) {
      try {
        return await get(resource, key, call);
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw error;
      }
    },
    async listAll<T extends KubernetesObject>(resource: Resource, page: ListOptions = {}) {
      const items: T[] = [];
      let next = await list<T>(resource, { limit: 500, ...page });
      for (const item of next.items) items.push(item);
      while (next.metadata.continue) {
        next = await list<T>(resource, { limit: 500, ...page, continue: next.metadata.continue });
        for (const item of next.items) items.push(item);
      }
      return { metadata: { resourceVersion: next.metadata.resourceVersion }, items };
    },
    watch(resource, { signal, ...watch }) {
      const headers = acceptOf(watch, "");
      return stream({ verb: "watch", resource, method: "GET", path: watchPath(resource, watch), headers, signal });
    },
  };
}

function writing({ json }: RequestSender, manager: string): Writes {
  const by = (fieldManager: string) => `?fieldManager=${encodeURIComponent(fieldManager)}`;
  const replace = <T extends KubernetesObject>(
    resource: Resource,
    object: T,
    subresource: string,
    call?: CallOptions,
  ) => {
    const path = pathOf(resource, object.metadata) + subresource + by(manager);
    return json<T>({ verb: "update", resource, method: "PUT", path, body: object, signal: call?.signal });
  };
  const apply = <T extends KubernetesObject>(
    resource: Resource,
    object: T,
    subresource: string,
    how?: ApplyOptions,
  ) => {
    const query = `${by(how?.fieldManager ?? manager)}&force=${how?.force ?? true}`;
    const path = pathOf(resource, object.metadata) + subresource + query;
    const headers = { "Content-Type": "application/apply-patch+yaml" };
    return json<T>({ verb: "apply", resource, method: "PATCH", path, headers, body: object, signal: how?.signal });
  };
  return {
    create(resource, object, { signal } = {}) {
      const path = pathOf(resource, { namespace: object.metadata.namespace }) + by(manager);
      return json({ verb: "create", resource, method: "POST", path, body: object, signal });
    },
    replace: (resource, object, call) => replace(resource, object, "", call),
    replaceStatus: (resource, object, call) => replace(resource, object, "/status", call),
    apply: (resource, object, how) => apply(resource, object, "", how),
    applyStatus: (resource, object, how) => apply(resource, object, "/status", how),
    mergePatch(resource, key, patch, { subresource, signal } = {}) {
      const path = pathOf(resource, key) + (subresource ? `/${subresource}` : "") + by(manager);
      const headers = { "Content-Type": "application/merge-patch+json" };
      return json({ verb: "patch", resource, method: "PATCH", path, headers, body: patch, signal });
    },
    delete(resource, key, { uid, resourceVersion, propagationPolicy, gracePeriodSeconds, signal }) {
      const preconditions = { uid, resourceVersion };
      const body = { apiVersion: "v1", kind: "DeleteOptions", preconditions, propagationPolicy, gracePeriodSeconds };
      return json({ verb: "delete", resource, method: "DELETE", path: pathOf(resource, key), body, signal });
    },
  };
}

function pathOf(resource: Resource, key: { readonly namespace?: string | undefined; readonly name?: string }): string {
  const root = resource.group === "" ? `/api/${resource.version}` : `/apis/${apiVersionOf(resource)}`;
  const inNamespace = resource.namespaced && key.namespace ? `/namespaces/${encodeURIComponent(key.namespace)}` : "";
  const name = key.name === undefined ? "" : `/${encodeURIComponent(key.name)}`;
  return `${root}${inNamespace}/${resource.plural}${name}`;
}

function listPath(resource: Resource, page: ListOptions): string {
  const query = selectionQuery(page);
  if (page.limit) query.set("limit", String(page.limit));
  if (page.continue) query.set("continue", page.continue);
  else if (page.resourceVersion) query.set("resourceVersion", page.resourceVersion);
  return `${pathOf(resource, { namespace: page.namespace })}?${query}`;
}

function watchPath(resource: Resource, watch: WatchOptions): string {
  const query = selectionQuery(watch);
  query.set("watch", "true");
  query.set("allowWatchBookmarks", "true");
  query.set("resourceVersion", watch.resourceVersion);
  query.set("timeoutSeconds", String(watch.timeoutSeconds));
  return `${pathOf(resource, { namespace: watch.namespace })}?${query}`;
}

function selectionQuery({ labelSelector, fieldSelector }: Selection): URLSearchParams {
  const query = new URLSearchParams();
  if (labelSelector) query.set("labelSelector", labelSelector);
  if (fieldSelector) query.set("fieldSelector", fieldSelector);
  return query;
}

/** A cluster that cannot answer in metadata only (an aggregated API) may answer in full. */
function acceptOf({ metadataOnly }: Selection, suffix: "List" | ""): Record<string, string> {
  if (!metadataOnly) return { Accept: "application/json" };
  return { Accept: `application/json;as=PartialObjectMetadata${suffix};g=meta.k8s.io;v=v1,application/json` };
}
