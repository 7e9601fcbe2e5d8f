/** Owns the check of windows of days: from the first day until the first day after them. */
import { type DefinitionDiagnostic, problem } from "./definition-problem.ts";

/** A window; what is left out is unbounded. Dates are `YYYY-MM-DD`. */
export interface Window {
  readonly from?: string | undefined;
  readonly until?: string | undefined;
}

/** Whether a window holds no day at all. */
export function isEmptyWindow({ from, until }: Window): boolean {
  return from !== undefined && until !== undefined && until <= from;
}

/** Whether two windows share a day. */
export function overlap(first: Window, second: Window): boolean {
  const startsBefore = (a: Window, b: Window) => a.from === undefined || b.until === undefined || a.from < b.until;
  return startsBefore(first, second) && startsBefore(second, first);
}

/** Says that a window holds no day. */
export function checkWindow(window: Window, path: string, subject: string): DefinitionDiagnostic[] {
  if (!isEmptyWindow(window)) return [];
  const message = `${subject}: the window from ${window.from} until ${window.until} holds no day`;
  const hint = "until is the first day on which it no longer holds: write a later one";
  return [problem({ path, code: "BadWindow", source: window.until ?? "", message, hint })];
}

/** A window in words. */
export function windowText({ from, until }: Window): string {
  if (from === undefined && until === undefined) return "always";
  return [from && `from ${from}`, until && `until ${until}`].filter((part) => part).join(" ");
}

/** The first two of the windows that share a day, by their positions. */
export function firstOverlap(windows: readonly Window[]): readonly [number, number] | undefined {
  const order = [...windows.keys()].sort((a, b) => ((windows[a]?.from ?? "") < (windows[b]?.from ?? "") ? -1 : 1));
  for (const [place, at] of order.entries()) {
    const next = order[place + 1];
    if (next !== undefined && overlap(windows[at] as Window, windows[next] as Window))
      return at < next ? [at, next] : [next, at];
  }
  return undefined;
}
