/** Owns how much of the rows may be under way at once: what a run takes does not grow with its rows. */

/** What may wait to be finished; one piece always may. */
export interface Credit {
  readonly pieces: number;
  readonly bytes: number;
}

const piecesPerLane = 3;
const bytesUnderWay = 32 * 1024 * 1024;

/** The credit for so many lanes. */
export function creditFor(lanes: number): Credit {
  return { pieces: piecesPerLane * lanes, bytes: bytesUnderWay };
}
