import { expect, test } from "vitest";
import { readConfig } from "./config.ts";

test("has a default for everything", () => {
  expect(readConfig({})).toMatchObject({
    namespaces: [],
    operatorNamespace: "openreg-system",
    runs: { heartbeatSeconds: 10, backoff: { initialSeconds: 10, maxSeconds: 600 } },
  });
});

test("reads lists, numbers and JSON", () => {
  const config = readConfig({
    OPENREG_NAMESPACES: "bank-a, bank-b",
    OPENREG_PRIORITY_CLASSES: "nightly",
    OPENREG_HEARTBEAT_SECONDS: "2",
    OPENREG_RUNNER_ENV: '[{"name":"TZ","value":"UTC"}]',
    OPENREG_EVIDENCE_KEY_FILE: "",
    OPENREG_RUN_NETWORK: '{"clusterEgress":[{"ports":[{"port":53}]}],"listedNamespaces":["bank-b"]}',
  });
  expect(config).toMatchObject({
    namespaces: ["bank-a", "bank-b"],
    priorityClasses: ["nightly"],
    evidenceKeyFile: undefined,
  });
  expect(config.runs).toMatchObject({ heartbeatSeconds: 2, extraEnvironment: [{ name: "TZ", value: "UTC" }] });
  expect(config.runs.network).toEqual({ clusterEgress: [{ ports: [{ port: 53 }] }], listedNamespaces: ["bank-b"] });
});

test("names every variable that does not fit, at once", () => {
  const read = () =>
    readConfig({ OPENREG_PORT: "http", OPENREG_RUNNER_ENV: "{", OPENREG_IMAGE_PULL_POLICY: "Sometimes" });
  expect(read).toThrow(/OPENREG_IMAGE_PULL_POLICY.*OPENREG_PORT.*OPENREG_RUNNER_ENV: must be a JSON list/s);
});
