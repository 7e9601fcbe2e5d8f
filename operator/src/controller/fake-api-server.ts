/** Owns a strict API server within this process, for tests: real HTTP, real semantics of versions, and faults on demand. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ClusterAccess } from "./cluster-access.ts";
import {
  collectionOf,
  type FakeRequest,
  idOf,
  listPage,
  parseBody,
  parsePath,
  readRequest,
  selects,
  sendError,
  sendJson,
  shape,
  type Target,
  toEvent,
} from "./fake-api-routes.ts";
import { type AnyObject, FakeStorage, type HistoryEntry, mergePatch, refusal } from "./fake-api-storage.ts";
import { apiVersionOf, type KubernetesObject, type ObjectKey, type Resource } from "./kubernetes.ts";

/** What a test does to a request: answer it otherwise, drop the connection before or after it took effect, or say nothing at all. */
export type Fault =
  | {
      readonly kind: "Answer";
      readonly status: number;
      readonly body?: unknown;
      readonly headers?: Record<string, string>;
    }
  | { readonly kind: "Drop" | "DropAfter" | "Hang" };

/** A watch that is open now. */
export interface OpenWatch {
  readonly path: string;
  readonly resourceVersion: string;
  readonly labelSelector: string;
  /** Sends bytes as they are. */
  send(bytes: string | Buffer): void;
  /** Sends a bookmark of the current version. */
  bookmark(): void;
  /** Sends no more events; the connection stays. */
  mute(): void;
  /** Ends as the server's timeout does. */
  end(): void;
  /** Breaks the connection. */
  destroy(): void;
}

/** An object, or a part of one, as a test writes it. */
export type SeedObject = Pick<KubernetesObject, "metadata"> & {
  readonly spec?: unknown;
  readonly status?: unknown;
  readonly data?: unknown;
};

/** The server, and the other people who change its objects. */
export interface FakeApiServer {
  readonly access: ClusterAccess;
  readonly storage: FakeStorage;
  readonly requests: FakeRequest[];
  readonly watches: OpenWatch[];
  /** Faults are asked in order; the first that answers counts. Answers how to take it back. */
  intercept(fault: (request: FakeRequest) => Fault | undefined): () => void;
  /** Creates, or changes by merge, as somebody else. */
  put(resource: Resource, object: SeedObject): AnyObject;
  remove(resource: Resource, key: ObjectKey): void;
  get(resource: Resource, key: ObjectKey): AnyObject | undefined;
  /** Forgets history: older watches and `continue` tokens are answered 410. */
  compact(): void;
  /** Breaks all connections and refuses new ones until `up`. */
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a server on a free port of the loopback. */
export async function newFakeApiServer(): Promise<FakeApiServer> {
  const server = new InProcessServer();
  await server.up();
  return server;
}

class InProcessServer implements FakeApiServer {
  readonly storage: FakeStorage;
  readonly requests: FakeRequest[] = [];
  readonly watches: OpenWatch[] = [];
  readonly #faults: ((request: FakeRequest) => Fault | undefined)[] = [];
  #server: Server | undefined;
  #port = 0;
  #oldest = 0;

  constructor() {
    this.storage = new FakeStorage(() => "2026-04-01T00:00:00Z");
  }

  get access(): ClusterAccess {
    const credentials = { headers: { Authorization: "Bearer test" }, tls: {} };
    return { server: `http://127.0.0.1:${this.#port}`, credentials: async () => credentials };
  }

  intercept(fault: (request: FakeRequest) => Fault | undefined): () => void {
    this.#faults.push(fault);
    return () => this.#faults.splice(this.#faults.indexOf(fault), 1);
  }

  put(resource: Resource, object: SeedObject): AnyObject {
    const collection = collectionOf(resource);
    const id = idOf(object.metadata.namespace ?? "", object.metadata.name);
    const { status, ...rest } = object;
    if (!this.get(resource, { namespace: "", ...object.metadata })) {
      this.storage.create(collection, id, {
        apiVersion: apiVersionOf(resource),
        kind: resource.kind,
        ...rest,
      } as AnyObject);
    } else {
      this.storage.change(collection, id, { status: false, next: (current) => mergePatch(current, rest) as AnyObject });
    }
    if (status === undefined) return this.storage.get(collection, id);
    return this.storage.change(collection, id, {
      status: true,
      next: (current) => mergePatch(current, { status }) as AnyObject,
    });
  }

  remove(resource: Resource, key: ObjectKey): void {
    this.storage.remove(collectionOf(resource), idOf(key.namespace, key.name), {});
  }

  get(resource: Resource, key: ObjectKey): AnyObject | undefined {
    const id = idOf(key.namespace, key.name);
    return this.storage
      .all(collectionOf(resource))
      .find(({ metadata }) => idOf(metadata.namespace ?? "", metadata.name) === id);
  }

  compact(): void {
    this.#oldest = this.storage.version();
  }

  async up(): Promise<void> {
    const server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  }

  close(): Promise<void> {
    return this.down();
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    this.requests.push(request);
    const fault = this.#faults.map((ask) => ask(request)).find((answer) => answer !== undefined);
    if (fault?.kind === "Hang") return;
    if (fault?.kind === "Drop") return void response.destroy();
    if (fault?.kind === "Answer") {
      response.writeHead(fault.status, { "Content-Type": "application/json", ...fault.headers });
      return void response.end(typeof fault.body === "string" ? fault.body : JSON.stringify(fault.body ?? {}));
    }
    try {
      const answer = this.#answer(request, response);
      if (fault?.kind === "DropAfter") return void response.destroy();
      if (answer) sendJson(response, answer.status, answer.body);
    } catch (error) {
      sendError(response, error);
    }
  }

  /** The answer; undefined when it is a watch, which answers by itself. */
  #answer(
    request: FakeRequest,
    response: ServerResponse,
  ): { readonly status: number; readonly body: unknown } | undefined {
    if (!request.headers.authorization) throw refusal(401, "Unauthorized", "Unauthorized");
    const target = parsePath(request.path);
    const id = idOf(target.namespace, target.name ?? "");
    switch (request.method) {
      case "GET":
        if (target.name) return { status: 200, body: this.storage.get(target.collection, id) };
        if (request.query.get("watch") !== "true")
          return { status: 200, body: listPage(this.storage, target, request, this.#oldest) };
        this.#watch(target, request, response);
        return undefined;
      case "POST":
        return { status: 201, body: this.#create(target, request) };
      case "PUT":
        return { status: 200, body: this.#replace(target, id, request) };
      case "PATCH":
        return { status: 200, body: this.#patch(target, id, request) };
      case "DELETE":
        return { status: 200, body: this.#delete(target, id, request) };
      default:
        throw refusal(405, "MethodNotAllowed", request.method);
    }
  }

  #watch(target: Target, { path, query, headers }: FakeRequest, response: ServerResponse): void {
    const since = Number(query.get("resourceVersion"));
    response.writeHead(200, { "Content-Type": "application/json" });
    response.flushHeaders();
    const write = (event: unknown) => response.write(`${JSON.stringify(event)}\n`);
    if (since < this.#oldest) {
      write({
        type: "ERROR",
        object: { kind: "Status", code: 410, reason: "Expired", message: `too old resource version: ${since}` },
      });
      response.end();
      return;
    }
    let muted = false;
    const tell = (entry: HistoryEntry) => {
      const event =
        entry.collection === target.collection ? toEvent(entry, (object) => selects(target, query, object)) : undefined;
      if (event && !muted && entry.resourceVersion > since)
        write({ type: event.type, object: shape(event.object, headers, false) });
    };
    for (const entry of this.storage.history) tell(entry);
    const stop = this.storage.onChange(tell);
    const watch: OpenWatch = {
      path,
      resourceVersion: String(since),
      labelSelector: query.get("labelSelector") ?? "",
      send: (bytes) => response.write(bytes),
      bookmark: () =>
        write({ type: "BOOKMARK", object: { metadata: { resourceVersion: String(this.storage.version()) } } }),
      mute: () => {
        muted = true;
      },
      end: () => response.end(),
      destroy: () => response.destroy(),
    };
    this.watches.push(watch);
    response.on("close", () => {
      stop();
      this.watches.splice(this.watches.indexOf(watch), 1);
    });
  }

  #create(target: Target, request: FakeRequest): AnyObject {
    const object = parseBody(request, "application/json");
    const { name, namespace } = object.metadata;
    if (!name) throw refusal(422, "Invalid", "metadata.name: Required value");
    if ((namespace ?? target.namespace) !== target.namespace)
      throw refusal(400, "BadRequest", "the namespace of the object does not match");
    return this.storage.create(target.collection, idOf(target.namespace, name), object);
  }

  #replace({ collection, status }: Target, id: string, request: FakeRequest): AnyObject {
    const object = parseBody(request, "application/json");
    const { resourceVersion, uid } = object.metadata;
    if (!resourceVersion) throw refusal(422, "Invalid", "metadata.resourceVersion: must be specified for an update");
    return this.storage.change(collection, id, { status, resourceVersion, uid, next: () => object });
  }

  #patch({ collection, name, status }: Target, id: string, request: FakeRequest): AnyObject {
    if (request.headers["content-type"] === "application/merge-patch+json") {
      const patch = JSON.parse(request.body) as AnyObject;
      const { resourceVersion, uid } = patch.metadata ?? {};
      const next = (current: AnyObject) => mergePatch(current, patch) as AnyObject;
      return this.storage.change(collection, id, { status, resourceVersion, uid, next });
    }
    const patch = parseBody(request, "application/apply-patch+yaml");
    const manager = request.query.get("fieldManager");
    if (!manager) throw refusal(422, "Invalid", "fieldManager: Required value: is required for apply patch");
    if (patch.metadata.name !== name) throw refusal(400, "BadRequest", "the name of the object does not match");
    if ("managedFields" in patch.metadata) throw refusal(400, "BadRequest", "metadata.managedFields must be nil");
    return this.storage.apply(collection, id, patch, { manager, status });
  }

  #delete({ collection }: Target, id: string, request: FakeRequest): unknown {
    const options = JSON.parse(request.body || "{}") as { preconditions?: { uid?: string; resourceVersion?: string } };
    const { uid } = this.storage.get(collection, id).metadata;
    const waiting = this.storage.remove(collection, id, options.preconditions ?? {});
    return waiting ?? { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details: { uid } };
  }
}
