import { readFileSync } from "node:fs";
import { jobDeadlineMarginSeconds } from "@openreg/crds";
import { expect, test } from "vitest";
import { tradesDefinition } from "../testdata/trades.ts";
import { newRunJob, type RunJobOptions } from "./run-job.ts";

const run = {
  namespace: "bank-a",
  name: "trades-20260401",
  uid: "6f1c",
  createdAt: "2026-04-01T18:00:00Z",
  businessDate: "2026-04-01",
  mode: "Live" as const,
  parameters: {},
  purpose: "Original" as const,
};

const options: RunJobOptions = {
  plan: { attempt: 1, deadlineSeconds: 3600, run },
  planSha256: "0123456789abcdef".repeat(4),
  definition: tradesDefinition,
  owner: {
    apiVersion: "openreg.dev/v1alpha1",
    kind: "ReportRun",
    name: run.name,
    uid: run.uid,
    controller: true,
    blockOwnerDeletion: true,
  },
  settings: {
    image: "localhost/openreg:dev",
    imagePullPolicy: "IfNotPresent",
    apiServer: "https://$(KUBERNETES_SERVICE_HOST):$(KUBERNETES_SERVICE_PORT_HTTPS)",
    extraEnvironment: [],
  },
};

const golden = new URL("../testdata/run-job.json", import.meta.url);

test("C20 the Job of an attempt has exactly the committed shape", () => {
  expect(`${JSON.stringify(newRunJob(options), undefined, 2)}\n`).toBe(readFileSync(golden, "utf8"));
});

test("only the Secrets of the run's mode are mounted", () => {
  const secretsOf = (mode: "Live" | "Test") => {
    const job = newRunJob({ ...options, plan: { ...options.plan, run: { ...run, mode } } });
    return [...JSON.stringify(job).matchAll(/"secretName":"([^"]+)"/g)].map((match) => match[1]);
  };
  expect(secretsOf("Live")).toEqual(["db", "db-ca", "sftp-live"]);
  expect(secretsOf("Test")).toEqual(["db", "db-ca", "sftp-test"]);
});

test("the Job has more time than the runner, which ends itself", () => {
  const job = newRunJob({ ...options, plan: { ...options.plan, deadlineSeconds: 60 } });
  expect(job.spec).toMatchObject({ activeDeadlineSeconds: 60 + jobDeadlineMarginSeconds });
});

test("every volume is mounted once, and nothing else is", () => {
  const { template } = newRunJob(options).spec as {
    template: { spec: { volumes: { name: string }[]; containers: { volumeMounts: { name: string }[] }[] } };
  };
  const mounts = template.spec.containers.flatMap((container) => container.volumeMounts.map(({ name }) => name));
  expect(mounts).toEqual(template.spec.volumes.map(({ name }) => name));
});

test("each part is mounted once, from the ConfigMap that is named by its hash", () => {
  const [first, second] = ["a".repeat(64), "b".repeat(64)] as const;
  const parts = [
    { name: "schemas/trades.xsd", sha256: first },
    { name: "tables/venues.csv", sha256: second },
    { name: "tables/copy.csv", sha256: second },
  ];
  const { template } = newRunJob({ ...options, definition: { ...tradesDefinition, parts } }).spec as {
    template: { spec: { volumes: object[]; containers: { volumeMounts: { name: string; mountPath: string }[] }[] } };
  };
  const mounts = template.spec.containers[0]?.volumeMounts.filter(({ name }) => name.startsWith("part-"));
  expect(mounts).toEqual([
    { name: "part-0", mountPath: `/etc/openreg/parts/${first}`, readOnly: true },
    { name: "part-1", mountPath: `/etc/openreg/parts/${second}`, readOnly: true },
  ]);
  const items = [{ key: "content", path: "content" }];
  expect(template.spec.volumes).toContainEqual({
    name: "part-1",
    configMap: { name: `part-${second}`, defaultMode: 0o440, items },
  });
});
