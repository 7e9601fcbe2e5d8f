/** stub */
import type { RunContext } from "./context.ts";
export async function claimFiling(_context: RunContext): Promise<void> {}
