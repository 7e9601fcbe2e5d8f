/** Owns the name of a Job. */

/** The name of the Job of an attempt, and of the ConfigMap with its plan: `<run>-<attempt>`. */
export function jobNameOf(runName: string, attempt: number): string {
  return `${runName}-${attempt}`;
}
