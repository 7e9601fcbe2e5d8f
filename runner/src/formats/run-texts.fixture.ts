/** The run of tests of formats. */
import type { RunTexts } from "./run-texts.ts";

/** A run with two parameters, of which one has no value. */
export const someRun: RunTexts = {
  run: {
    businessDate: "2026-01-30",
    previousBusinessDate: "2026-01-29",
    periodStart: "2026-01-29T23:00:00Z",
    periodEnd: "2026-01-30T23:00:00Z",
    createdAt: "2026-01-31T05:00:00Z",
    mode: "Live",
    report: "mifir-rts22",
    series: "mifir-rts22",
    parameters: { lei: "9999OPENREG000000168" },
  },
  runParameters: [
    { name: "lei", type: "String", optional: false },
    { name: "none", type: "String", optional: true },
  ],
};
