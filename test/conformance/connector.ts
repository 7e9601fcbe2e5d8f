/** Owns what every kind of Connector must do; a kind's test is one call with a real source that holds the fixture. */
import { expect, test } from "vitest";
import type { Connector, ReadRequest, Row, SourceRows } from "../../runner/src/connectors/connector.ts";

/** Queries in the kind's own dialect; the fixture is a table `numbers` with `id` 1 to 1000, and `name` (`name 1` …). */
export interface ConnectorSuite {
  readonly make: () => Connector;
  readonly queries: {
    /** Columns `id`, `name`, in no order. */
    readonly all: string;
    /** The row whose id is the named parameter `wanted`. */
    readonly byParameter: string;
    readonly none: string;
    readonly broken: string;
    readonly writing: string;
    readonly twoStatements: string;
    readonly oneNameTwice: string;
  };
  /** Asks the source how many connections are open beside the one that asks. */
  readonly openConnections: () => Promise<number>;
}

/** A request; any part can be replaced. */
export function requestFor(query: string, parts: Partial<ReadRequest> = {}): ReadRequest {
  return {
    input: "numbers",
    query,
    value: () => undefined,
    columns: undefined,
    order: [],
    signal: new AbortController().signal,
    ...parts,
  };
}

/** All rows of an answer. */
export async function rowsOf(source: SourceRows): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const piece of source.pieces) rows.push(...piece);
  return rows;
}

/** Declares the tests. */
export function testConnector({ make, queries, openConnections }: ConnectorSuite): void {
  test("reads all rows in pieces of a fixed count, in the order of the key", async () => {
    const source = await make().read(requestFor(queries.all, { order: [{ name: "id", text: false }] }));
    const sizes: number[] = [];
    const ids: (string | null | undefined)[] = [];
    for await (const piece of source.pieces) {
      sizes.push(piece.length);
      ids.push(...Array.from(piece, ([id]) => id));
    }
    expect(sizes).toEqual([256, 256, 256, 232]);
    expect(ids).toEqual(Array.from({ length: 1000 }, (_, index) => String(index + 1)));
    await expect.poll(openConnections).toBe(0); // the server notices a moment later
  });

  test("orders text by its bytes", async () => {
    const source = await make().read(requestFor(queries.all, { order: [{ name: "id", text: true }] }));
    const ids = (await rowsOf(source)).map(([id]) => id);
    expect(ids).toEqual([...ids].sort());
  });

  test("binds values and never pastes them", async () => {
    const value = (name: string): string | undefined => (name === "wanted" ? "7" : undefined);
    expect(await rowsOf(await make().read(requestFor(queries.byParameter, { value })))).toEqual([["7", "name 7"]]);
    const hostile = make().read(requestFor(queries.byParameter, { value: () => "7 OR 1=1" }));
    await expect(hostile.then(rowsOf)).rejects.toMatchObject({ code: "SourceQueryFailed" });
  });

  test("gives the declared columns in the declared order", async () => {
    const source = await make().read(requestFor(queries.byParameter, { value: () => "7", columns: ["name", "id"] }));
    expect(source.columns).toEqual(["name", "id"]);
    expect(await rowsOf(source)).toEqual([["name 7", "7"]]);
  });

  test("an answer without rows has columns and no piece", async () => {
    const source = await make().read(requestFor(queries.none));
    expect(source.columns).toEqual(["id", "name"]);
    expect(await rowsOf(source)).toEqual([]);
  });

  test.each([
    ["a query that is broken", "broken", "SourceQueryFailed"],
    ["a query that writes", "writing", "SourceQueryFailed"],
    ["a second statement", "twoStatements", "SourceQueryFailed"],
    ["two columns of one name", "oneNameTwice", "SourceQueryFailed"],
  ] as const)("refuses %s and names the input", async (_sentence, query, code) => {
    const reading = make().read(requestFor(queries[query])).then(rowsOf);
    await expect(reading).rejects.toMatchObject({ code, message: expect.stringContaining("numbers") });
    await expect.poll(openConnections).toBe(0); // the server notices a moment later
  });

  test("names a value that the run does not have", async () => {
    await expect(make().read(requestFor(queries.byParameter))).rejects.toMatchObject({
      code: "SourceQueryFailed",
      message: expect.stringContaining(":wanted"),
    });
  });

  test("names a column that the query does not return", async () => {
    const reading = make().read(requestFor(queries.all, { columns: ["id", "price"] }));
    await expect(reading).rejects.toMatchObject({
      code: "SourceColumnMissing",
      message: expect.stringContaining("price"),
    });
  });

  test("stops when told to, and leaves no connection", async () => {
    const controller = new AbortController();
    const source = await make().read(requestFor(queries.all, { signal: controller.signal }));
    controller.abort(new Error("stop"));
    await expect(rowsOf(source)).rejects.toThrow("stop");
    await expect.poll(openConnections).toBe(0);
  });

  test("closes rows that nobody reads", async () => {
    const source = await make().read(requestFor(queries.all));
    await source.close();
    await expect.poll(openConnections).toBe(0);
  });
}
