/** Proves that a stream ends only when the server has said that all rows were sent. */
import { expect, test } from "vitest";
import { pieceOf } from "../connector.ts";
import { RowStream } from "./row-stream.ts";

interface Feed {
  readonly rows: number;
  readonly tag?: string;
  readonly error?: Error;
}

function fed({ rows, tag, error }: Feed): RowStream {
  const stream = new RowStream("SELECT", []);
  stream.handleRowDescription({ fields: [{ name: "a" }] });
  for (let row = 0; row < rows; row += 1) stream.add(pieceOf([[String(row)]]).bytes, 1);
  if (tag) stream.handleCommandComplete({ text: tag });
  if (error) stream.handleError(error);
  stream.handleReadyForQuery();
  return stream;
}

async function countOf(stream: RowStream): Promise<number> {
  let rows = 0;
  for await (const piece of stream.pieces()) rows += piece.length;
  return rows;
}

test.each([0, 1, 256, 257, 1000])("gives %i rows", async (rows) => {
  expect(await countOf(fed({ rows, tag: `SELECT ${rows}` }))).toBe(rows);
});

const cuts: Record<string, { feed: Feed; message: RegExp }> = {
  "a stream that ends without a word": { feed: { rows: 3 }, message: /announced no rows but 3 came/ },
  "fewer rows than announced": { feed: { rows: 3, tag: "SELECT 4" }, message: /announced 4 rows but 3 came/ },
  "more rows than announced": { feed: { rows: 3, tag: "SELECT 2" }, message: /announced 2 rows but 3 came/ },
  "an answer that is no selection": { feed: { rows: 0, tag: "DELETE 3" }, message: /announced no rows/ },
  "an error after some rows": {
    feed: { rows: 600, error: new Error("division by zero") },
    message: /division by zero/,
  },
};
test.each(Object.entries(cuts))("R18: throws for %s", async (_sentence, { feed, message }) => {
  await expect(countOf(fed(feed))).rejects.toThrow(message);
});

test("a statement that returns nothing is no query", async () => {
  const stream = new RowStream("SET x = 1", []);
  stream.handleReadyForQuery();
  await expect(stream.columns()).rejects.toThrow("must be one SELECT");
});
