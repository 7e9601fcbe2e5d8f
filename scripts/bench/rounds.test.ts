import { expect, test } from "vitest";
import { alternate } from "./rounds.ts";

test("sides take turns in reversed pairs, and what the warm-up gave does not count", async () => {
  const order: string[] = [];
  const side = (name: string) => async () => order.push(name);
  const rounds = await alternate({ reference: side("A"), candidate: side("B") });
  expect(order.join(" ")).toBe("A B A B B A A B");
  expect(rounds).toEqual({ reference: [3, 6, 7], candidate: [4, 5, 8] });
});

test("without a warm-up the first rounds count", async () => {
  const order: string[] = [];
  const side = (name: string) => async () => order.push(name);
  const rounds = await alternate({ reference: side("A"), candidate: side("B") }, { count: 2, warmUp: false });
  expect(order.join(" ")).toBe("A B B A");
  expect(rounds).toEqual({ reference: [1, 4], candidate: [2, 3] });
});
