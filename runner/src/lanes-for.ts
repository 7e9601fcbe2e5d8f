/** Owns how many threads work on rows: as many as the process has cores. */
import { availableParallelism } from "node:os";
import type { Definition } from "@openreg/crds";

/** More would wait for the source. */
const mostLanes = 8;
const milli = 1000;

/** The lanes of a run with these resources; without a CPU limit the cores that the process may use count. */
export function lanesFor(
  { limits }: Partial<Definition["run"]["resources"]>,
  cores: number = availableParallelism(),
): number {
  const cpu = limits?.cpu === undefined ? cores : Math.min(cores, Math.ceil(coresOf(limits.cpu)));
  return Math.max(1, Math.min(mostLanes, cpu));
}

/** `500m` is half a core. */
function coresOf(quantity: string): number {
  return quantity.endsWith("m") ? Number(quantity.slice(0, -1)) / milli : Number(quantity);
}
