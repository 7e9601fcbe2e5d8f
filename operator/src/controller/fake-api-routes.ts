/** Owns how the fake API server reads requests and shapes answers. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { ApiError } from "./api-error.ts";
import { type AnyObject, type FakeStorage, type HistoryEntry, refusal } from "./fake-api-storage.ts";
import { apiVersionOf, type Resource } from "./kubernetes.ts";

/** A request as it came in. */
export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** What a path is about. */
export interface Target {
  readonly collection: string;
  readonly namespace: string;
  readonly name: string | undefined;
  readonly status: boolean;
}

const pathPattern = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(\/status)?$/;

/** The collection of a resource, as the storage names it. */
export function collectionOf(resource: Resource): string {
  return `${resource.group === "" ? "/api/v1" : `/apis/${apiVersionOf(resource)}`}/${resource.plural}`;
}

/** The id of an object in its collection. */
export function idOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/** Reads a request whole. */
export async function readRequest(incoming: IncomingMessage): Promise<FakeRequest> {
  const url = new URL(incoming.url ?? "/", "http://server");
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString("utf8");
  return {
    method: incoming.method ?? "",
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body,
  };
}

/** Reads a path. Throws a 404 for what is none. */
export function parsePath(path: string): Target {
  const [, root, namespace, plural, name, status] = pathPattern.exec(path) ?? [];
  if (!root) throw refusal(404, "NotFound", `the server could not find the requested resource: ${path}`);
  const isNamespace = root === "/api/v1" && plural === "status"; // /api/v1/namespaces/x/status
  return {
    collection: isNamespace ? "/api/v1/namespaces" : `${root}/${plural}`,
    namespace: decodeURIComponent(namespace ?? ""),
    name: name && decodeURIComponent(name),
    status: status !== undefined,
  };
}

/** Reads an object. Throws when the content type is another. */
export function parseBody(request: FakeRequest, contentType: string): AnyObject {
  if (request.headers["content-type"] !== contentType) {
    throw refusal(
      415,
      "UnsupportedMediaType",
      `the body is ${request.headers["content-type"]}, expected ${contentType}`,
    );
  }
  const object = JSON.parse(request.body) as AnyObject;
  if (!object.apiVersion || !object.kind) throw refusal(400, "BadRequest", "Object 'Kind' or 'apiVersion' is missing");
  return object;
}

/** Whether a list or watch is about an object. */
export function selects({ namespace }: Target, query: URLSearchParams, { metadata }: AnyObject): boolean {
  const field = /^metadata\.name=(.*)$/.exec(query.get("fieldSelector") ?? "");
  if (query.get("fieldSelector") && !field) throw refusal(400, "BadRequest", "only metadata.name can be selected here");
  const terms = (query.get("labelSelector") ?? "").split(",").filter(Boolean);
  return (
    (namespace === "" || namespace === metadata.namespace) &&
    (!field || field[1] === metadata.name) &&
    terms.every((term) => selectsLabel(term, metadata.labels ?? {}))
  );
}

/** `a=b`, `a!=b`, `a` and `!a`. */
function selectsLabel(term: string, labels: Readonly<Record<string, string>>): boolean {
  const [, not, name = "", operator, value] = /^(!?)([^=!]+)(!?=+)?(.*)$/.exec(term) ?? [];
  if (!operator) return name in labels === (not === "");
  return (labels[name] === value) === !operator.startsWith("!");
}

/** What a selection sees of a change: what stops to match is deleted, what begins to match is added. */
export function toEvent({ before, after }: HistoryEntry, matches: (object: AnyObject) => boolean) {
  const was = before !== undefined && matches(before);
  if (after && matches(after)) return { type: was ? "MODIFIED" : "ADDED", object: after };
  if (!was) return undefined;
  const { resourceVersion } = (after ?? before).metadata;
  return { type: "DELETED", object: { ...before, metadata: { ...before.metadata, resourceVersion } } as AnyObject };
}

/** Metadata only where asked; items of a list carry no kind. */
export function shape(object: AnyObject, headers: IncomingMessage["headers"], isItem: boolean): unknown {
  if (headers.accept?.includes("as=PartialObjectMetadata")) {
    return { apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata", metadata: object.metadata };
  }
  if (!isItem) return object;
  const { apiVersion: _v, kind: _k, ...item } = object;
  return item;
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

/** Answers with a Status. */
export function sendError(response: ServerResponse, error: unknown): void {
  const { status, reason, message } = error instanceof ApiError ? error : refusal(500, "InternalError", String(error));
  sendJson(response, status, { kind: "Status", apiVersion: "v1", status: "Failure", code: status, reason, message });
}

/** One page of a list; a `continue` token from before `oldest` is answered 410. */
export function listPage(
  storage: FakeStorage,
  target: Target,
  { query, headers }: FakeRequest,
  oldest: number,
): unknown {
  const token = parseToken(query.get("continue"));
  if (token && token.version < oldest) throw refusal(410, "Expired", "The provided continue parameter is too old");
  const { start, version } = token ?? { start: 0, version: storage.version() };
  const limit = Number(query.get("limit") ?? 0) || Number.POSITIVE_INFINITY;
  const all = storage.all(target.collection).filter((object) => selects(target, query, object));
  const items = all.slice(start, start + limit).map((object) => shape(object, headers, true));
  const more = start + limit < all.length ? { continue: btoa(JSON.stringify({ start: start + limit, version })) } : {};
  return { kind: "List", apiVersion: "v1", metadata: { resourceVersion: String(version), ...more }, items };
}

function parseToken(text: string | null): { readonly start: number; readonly version: number } | undefined {
  return text ? JSON.parse(atob(text)) : undefined;
}
