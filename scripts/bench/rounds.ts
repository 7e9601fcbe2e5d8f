/** Owns how two sides are timed: in turns, so that what else the machine does meets both. */

/** What each side gave in the rounds that count, in the order in which they ran. */
export interface Rounds<A, B = A> {
  readonly reference: readonly A[];
  readonly candidate: readonly B[];
}

/** The two sides; each call is one round. */
export interface Sides<A, B = A> {
  readonly reference: () => Promise<A>;
  readonly candidate: () => Promise<B>;
}

/** One warm-up each that does not count unless there was one, then A B B A A B and so on until each side has `count` rounds. */
export async function alternate<A, B = A>(
  sides: Sides<A, B>,
  { count = 3, warmUp = true }: { readonly count?: number; readonly warmUp?: boolean } = {},
): Promise<Rounds<A, B>> {
  if (warmUp) {
    await sides.reference();
    await sides.candidate();
  }
  const reference: A[] = [];
  const candidate: B[] = [];
  for (let round = 0; round < count; round += 1) {
    const isReversed = round % 2 === 1;
    if (isReversed) candidate.push(await sides.candidate());
    reference.push(await sides.reference());
    if (!isReversed) candidate.push(await sides.candidate());
  }
  return { reference, candidate };
}
