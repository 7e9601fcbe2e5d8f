/** Proves the text and the values that a server gets. */
import { expect, test } from "vitest";
import type { ReadRequest } from "../connector.ts";
import { newQuery } from "./query.ts";

const request = (query: string, order: ReadRequest["order"] = []): ReadRequest => ({
  input: "trades",
  query,
  value: (name) =>
    new Map<string, string | null>([
      ["businessDate", "2026-04-01"],
      ["lei", "x' OR ''='"],
      ["desk", null],
    ]).get(name),
  columns: undefined,
  order,
  signal: new AbortController().signal,
});

const cases: Record<string, { given: ReadRequest; text: string; values: (string | null)[] }> = {
  "leaves a query without key as it is": { given: request("SELECT 1;"), text: "SELECT 1;", values: [] },
  "numbers names and binds their values": {
    given: request("SELECT ':lei' FROM t WHERE d = :businessDate AND l = :lei AND e > :businessDate::date"),
    text: "SELECT ':lei' FROM t WHERE d = $1 AND l = $2 AND e > $1::date",
    values: ["2026-04-01", "x' OR ''='"],
  },
  "binds null for a parameter that has no value": {
    given: request("SELECT * FROM t WHERE :desk IS NULL OR desk = :desk"),
    text: "SELECT * FROM t WHERE $1 IS NULL OR desk = $1",
    values: [null],
  },
  "orders by the key, text by its bytes": {
    given: request("SELECT * FROM t ;\n", [
      { name: "id", text: false },
      { name: 'odd"name', text: true },
    ]),
    text: 'SELECT * FROM (SELECT * FROM t\n) AS openreg_input ORDER BY "id", "odd""name"::text COLLATE "C"',
    values: [],
  },
  "survives a comment at the end": {
    given: request("SELECT * FROM t -- all", [{ name: "id", text: false }]),
    text: 'SELECT * FROM (SELECT * FROM t -- all\n) AS openreg_input ORDER BY "id"',
    values: [],
  },
};
test.each(Object.entries(cases))("%s", (_sentence, { given, text, values }) =>
  expect(newQuery(given)).toEqual({ text, values }),
);
