/** Owns how many rows each form of the bench works on, and how numbers are written. */
import type { Bench } from "../part.ts";
import { count } from "../txn/count.ts";

/** Rows of what is timed. */
export function amountOf({ isQuick }: Bench): number {
  return isQuick ? 200_000 : 1_000_000;
}

/** Makes the rows if they are not there, and gives the business date that has them. */
export async function rowsOf(bench: Bench, amount: number): Promise<string> {
  const database = await bench.database();
  return bench.progress.step(`${count(amount)} rows`, () => database.generate(amount));
}

/** Throws unless all are the same: a time from outputs that differ is worth nothing. */
export function checkSame<T extends string | number>(what: string, values: readonly T[], expected = values[0]): void {
  if (values.some((one) => one !== expected))
    throw new Error(`${what} differs between rounds: ${values.join(", ")}; it must be ${expected} in each`);
}
