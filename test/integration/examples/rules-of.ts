/** Lists the ids of all rules and lookup findings that an example defines. */
import type { ReportSpec, RuleSetSpec } from "@openreg/crds/types";
import { type Manifest, specsOf } from "../../../cli/src/manifests.ts";

/** The ids in alphabetical order, as text of JavaScript is compared. */
export function rulesOf(manifests: readonly Manifest[]): readonly string[] {
  const sets = [...specsOf<RuleSetSpec>(manifests, "RuleSet").values()];
  const reports = [...specsOf<ReportSpec>(manifests, "Report").values()];
  return [
    ...sets.flatMap(({ rules }) => rules.map(({ id }) => id)),
    ...reports.flatMap(({ validation }) => (validation?.rules ?? []).map(({ id }) => id)),
    ...reports.flatMap(({ fields = [] }) =>
      fields.flatMap(({ lookup }) => (lookup?.finding ? [lookup.finding.id] : [])),
    ),
  ].sort();
}
