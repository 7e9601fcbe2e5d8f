import { expect, test } from "vitest";
import { bindQuery } from "./bind-query.ts";

const cases: Record<string, { query: string; text: string; names: string[] }> = {
  "numbers a parameter": {
    query: "SELECT * FROM trade WHERE day = :businessDate",
    text: "SELECT * FROM trade WHERE day = $1",
    names: ["businessDate"],
  },
  "gives one number to a name that occurs twice": {
    query: "SELECT :lei, :lei, :venue",
    text: "SELECT $1, $1, $2",
    names: ["lei", "venue"],
  },
  "leaves casts alone": { query: "SELECT :a::text, b::date", text: "SELECT $1::text, b::date", names: ["a"] },
  "leaves strings alone": {
    query: "SELECT ':no', 'it''s :no', :yes",
    text: "SELECT ':no', 'it''s :no', $1",
    names: ["yes"],
  },
  "leaves escaped strings alone": {
    query: String.raw`SELECT E'\':no', :yes`,
    text: String.raw`SELECT E'\':no', $1`,
    names: ["yes"],
  },
  "leaves quoted names alone": { query: 'SELECT "a:b", :yes', text: 'SELECT "a:b", $1', names: ["yes"] },
  "leaves line comments alone": { query: "SELECT 1 -- :no\n, :yes", text: "SELECT 1 -- :no\n, $1", names: ["yes"] },
  "leaves nested comments alone": {
    query: "SELECT /* :no /* :no */ :no */ :yes",
    text: "SELECT /* :no /* :no */ :no */ $1",
    names: ["yes"],
  },
  "leaves dollar-quoted text alone": {
    query: "SELECT $a$ :no $a$, $$ :no $$, :yes",
    text: "SELECT $a$ :no $a$, $$ :no $$, $1",
    names: ["yes"],
  },
  "leaves assignment alone": { query: "SELECT f(a := :b)", text: "SELECT f(a := $1)", names: ["b"] },
  "takes an array slice with a number as it is": {
    query: "SELECT a[1:2], :yes",
    text: "SELECT a[1:2], $1",
    names: ["yes"],
  },
  "passes on a string that does not close": { query: "SELECT ':no", text: "SELECT ':no", names: [] },
};

test.each(Object.entries(cases))("%s", (_sentence, { query, text, names }) => {
  const bound = bindQuery(query);
  expect({ text: bound.text, names: bound.names }).toEqual({ text, names });
});

const statements: Record<string, { query: string; second: boolean }> = {
  "one statement": { query: "SELECT 1", second: false },
  "one statement with a closing semicolon": { query: "SELECT 1; -- done\n", second: false },
  "a semicolon in a string": { query: "SELECT ';x'", second: false },
  "two statements": { query: "SELECT 1; DELETE FROM trade", second: true },
};

test.each(Object.entries(statements))("sees %s", (_sentence, { query, second }) => {
  expect(bindQuery(query).secondStatementAt >= 0).toBe(second);
});

const orders: Record<string, { query: string; ordered: boolean }> = {
  "ORDER BY": { query: "select a from t order  by a", ordered: true },
  "no ORDER BY in a subquery": { query: "select a from (select a from t order by a) x", ordered: false },
  "no ORDER BY in a comment": { query: "select a from t -- order by a", ordered: false },
};

test.each(Object.entries(orders))("sees %s", (_sentence, { query, ordered }) => {
  expect(bindQuery(query).ordered).toBe(ordered);
});
