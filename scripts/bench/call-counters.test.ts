import { expect, test } from "vitest";
import { difference, operatorCalls, runnerCalls, total } from "./call-counters.ts";

test("the operator's calls are counted by verb and resource, without what goes on when nothing runs", () => {
  const metrics = `# HELP rest_client_requests_total Calls to the API server.
# TYPE rest_client_requests_total counter
rest_client_requests_total{verb="apply",resource="reportruns",code="200"} 7
rest_client_requests_total{verb="apply",resource="reportruns",code="409"} 1
rest_client_requests_total{verb="create",resource="jobs",code="201"} 1
rest_client_requests_total{verb="update",resource="leases",code="200"} 900
rest_client_requests_total{verb="list",resource="jobs",code="200"} 3
rest_client_requests_total{verb="watch",resource="jobs",code="200"} 4
rest_client_requests_total_created{verb="create",resource="jobs",code="201"} 5
`;
  expect(operatorCalls(metrics)).toEqual({ "apply reportruns": 8, "create jobs": 1 });
});

test("the runner's calls are the merge patches of the status of runs", () => {
  const sample = (verb: string, resource: string, subresource: string, count: number) =>
    `apiserver_request_total{code="200",component="apiserver",dry_run="",group="openreg.dev",resource="${resource}",scope="resource",subresource="${subresource}",verb="${verb}",version="v1alpha1"} ${count}`;
  const metrics = [
    sample("PATCH", "reportruns", "status", 11),
    sample("APPLY", "reportruns", "status", 9),
    sample("PATCH", "reportruns", "", 2),
    sample("PATCH", "pods", "status", 4),
  ].join("\n");
  expect(runnerCalls(metrics)).toEqual({ "patch reportruns/status": 11 });
});

test("a run costs what was added between two readings", () => {
  const calls = difference({ "create jobs": 1, "get pods": 5 }, { "create jobs": 2, "get pods": 5, "delete jobs": 3 });
  expect(calls).toEqual({ "create jobs": 1, "delete jobs": 3 });
  expect(total(calls)).toBe(4);
});
