/** Owns the one error of the generator: a schema that a CRD cannot say, with the place. */

/** Says where in which schema something stands that a CRD cannot hold, and what to write instead. */
export class GeneratorError extends Error {
  override readonly name = "GeneratorError";

  constructor(path: string, problem: string) {
    super(`${path}: ${problem}`);
  }
}
