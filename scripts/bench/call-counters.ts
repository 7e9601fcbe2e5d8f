/** Owns how many calls to the API server a run costs: what the operator counts, and what the API server counts for the runner. */

/** Calls by `verb resource`. */
export type Calls = Readonly<Record<string, number>>;

/** A sample of the Prometheus text format. */
interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The operator's calls that belong to reconciling: its lease, lists and watches go on without any run. */
export function operatorCalls(metrics: string): Calls {
  const counted = samplesOf(metrics, "rest_client_requests_total").filter(
    ({ labels }) => labels.resource !== "leases" && labels.verb !== "list" && labels.verb !== "watch",
  );
  return summed(counted, ({ verb, resource }) => `${verb} ${resource}`);
}

/** The runner's calls: nobody else sends merge patches to the status of a run, since the operator applies. */
export function runnerCalls(metrics: string): Calls {
  const counted = samplesOf(metrics, "apiserver_request_total").filter(
    ({ labels }) => labels.verb === "PATCH" && labels.resource === "reportruns" && labels.subresource === "status",
  );
  return summed(counted, () => "patch reportruns/status");
}

/** What was added between two readings. */
export function difference(before: Calls, after: Calls): Calls {
  const added = Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return Object.fromEntries(added.filter(([, count]) => count > 0));
}

/** All calls. */
export function total(calls: Calls): number {
  return Object.values(calls).reduce((sum, count) => sum + count, 0);
}

function summed(samples: readonly Sample[], nameOf: (labels: Sample["labels"]) => string): Calls {
  const calls: Record<string, number> = {};
  for (const { labels, value } of samples) calls[nameOf(labels)] = (calls[nameOf(labels)] ?? 0) + value;
  return calls;
}

function samplesOf(text: string, metric: string): readonly Sample[] {
  return text.split("\n").flatMap((line) => {
    if (!line.startsWith(`${metric}{`)) return [];
    const end = line.lastIndexOf("}");
    const labels = [...line.slice(metric.length + 1, end).matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    const value = Number(
      line
        .slice(end + 1)
        .trim()
        .split(" ")[0],
    );
    return [{ labels: Object.fromEntries(labels.map(([, name, text]) => [name, text])), value }];
  });
}
