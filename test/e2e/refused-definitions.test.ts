/** Broken definitions: each is refused when it is applied or ends not Ready with a reason; none starts a Job; repairing it heals. */
import { beforeAll, expect, test } from "vitest";
import type { Manifest } from "../cluster/kubectl.ts";
import { altered, type Example, newStory, type Story } from "./story.ts";

// biome-ignore lint/suspicious/noExplicitAny: specs are altered into what their types refuse.
type Spec = any;

let story: Story;
let example: Example;

beforeAll(async () => {
  story = await newStory("story-refused", {
    dates: ["2027-01-05"],
    rows: 50,
    alter: (original) => {
      example = original;
      return original;
    },
  });
  await ready();
});

/** What is changed, and how the API server refuses it. */
const refused: Record<string, { kind: string; name?: string; change: (spec: Spec) => Spec; says: RegExp }> = {
  "two connector members": {
    kind: "Connector",
    change: (spec) => ({ ...spec, mysql: {} }),
    says: /exactly one of postgresql/,
  },
  "no connector member": {
    kind: "Connector",
    change: ({ credentialsSecretRef }) => ({ credentialsSecretRef }),
    says: /exactly one of postgresql/,
  },
  "a connector kind that is reserved": {
    kind: "Connector",
    change: ({ credentialsSecretRef }) => ({ credentialsSecretRef, oracle: { host: "db" } }),
    says: /oracle is not available yet/,
  },
  "an unknown field": {
    kind: "Report",
    change: (spec) => ({ ...spec, colour: "blue" }),
    says: /unknown field .*colour/,
  },
  "a reserved field": {
    kind: "Report",
    change: (spec) => ({ ...spec, approval: { approvers: 2 } }),
    says: /approval is not available yet/,
  },
  "a reserved format": {
    kind: "Report",
    change: (spec) => ({ ...spec, outputs: [{ name: "trades", fileName: "a.zip", xbrlCsv: {} }] }),
    says: /xbrlCsv is not available yet/,
  },
  "an empty query": {
    kind: "Report",
    change: (spec) => ({ ...spec, inputs: [{ ...spec.inputs[0], sql: { ...spec.inputs[0].sql, query: "" } }] }),
    says: /query.*(at least 1 chars long|should match)/s,
  },
  "a changed series": { kind: "Report", change: (spec) => ({ ...spec, series: "other" }), says: /series/ },
  "a changed mode": {
    kind: "Destination",
    name: "regulator-test",
    change: (spec) => ({ ...spec, mode: "Live" }),
    says: /mode/,
  },
  "a mode that is not one": {
    kind: "Destination",
    name: "regulator-test",
    change: (spec) => ({ ...spec, mode: "Prod" }),
    says: /supported values: "Live", "Test"/,
  },
  "a Destination without pinned host keys": {
    kind: "Destination",
    name: "regulator-test",
    change: (spec) => ({ ...spec, sftp: { ...spec.sftp, hostKeys: [] } }),
    says: /hostKeys/,
  },
  "another claim of the store": {
    kind: "ArtifactStore",
    change: () => ({ persistentVolumeClaimRef: { name: "other" } }),
    says: /persistentVolumeClaimRef/,
  },
  "a rule with two kinds": {
    kind: "Report",
    change: (spec) => ({
      ...spec,
      validation: { rules: [{ ...spec.validation.rules[0], unique: { columns: ["isin"] } }] },
    }),
    says: /exactly one of assert, unique/,
  },
  "a column twice": {
    kind: "Report",
    change: (spec) => ({
      ...spec,
      inputs: [{ ...spec.inputs[0], columns: [spec.inputs[0].columns[0], spec.inputs[0].columns[0]] }],
    }),
    says: /[Dd]uplicate/,
  },
  "two inputs of one name": {
    kind: "Report",
    change: (spec) => ({ ...spec, inputs: [spec.inputs[0], spec.inputs[0]] }),
    says: /[Dd]uplicate value.*"name":"trades"/s,
  },
};

test.each(Object.entries(refused))("the API server refuses %s", async (_sentence, { kind, name, change, says }) => {
  const [broken] = altered(example, kind, change, name).filter(
    (one) => one.kind === kind && (!name || one.metadata.name === name),
  );
  await expect(story.apply(broken as Manifest)).rejects.toThrow(says);
});

/** What is changed, and what the Report's condition Ready then says. */
const notReady: Record<string, { kind?: string; change: (spec: Spec) => Spec; reason: string; says: RegExp }> = {
  "an unknown column in a rule": {
    change: rules((list) => [{ ...list[0], assert: "row.trade_idd != null" }]),
    reason: "DefinitionInvalid",
    says: /spec\.validation\.rules\[0\]\.assert 1:5: rule 'DT-01': unknown column 'trade_idd' \(did you mean 'trade_id'\?\)/,
  },
  "a rule of the wrong type": {
    change: rules((list) => [{ ...list[0], assert: "row.quantity" }]),
    reason: "DefinitionInvalid",
    says: /rule 'DT-01'.*must be a bool/s,
  },
  "text compared with a number": {
    change: rules((list) => [{ ...list[4], assert: "row.isin > 5" }]),
    reason: "DefinitionInvalid",
    says: /rule 'DT-05'/,
  },
  "a rule id that occurs twice": {
    change: rules((list) => [list[0], list[0]]),
    reason: "DefinitionInvalid",
    says: /rules\[1\]\.id.*'DT-01'.*occurs twice/s,
  },
  "a rule that does not parse": {
    change: rules((list) => [{ ...list[0], assert: "row.quantity >" }]),
    reason: "DefinitionInvalid",
    says: /rule 'DT-01'/,
  },
  "a file name with an unknown value": {
    change: (spec) => ({ ...spec, outputs: [{ ...spec.outputs[0], fileName: "T_{run.busnessDate}.csv" }] }),
    reason: "DefinitionInvalid",
    says: /spec\.outputs\[0\]\.fileName 1:8.*did you mean 'businessDate'/s,
  },
  "a file name that does not close": {
    change: (spec) => ({ ...spec, outputs: [{ ...spec.outputs[0], fileName: "T_{run.businessDate.csv" }] }),
    reason: "DefinitionInvalid",
    says: /spec\.outputs\[0\]\.fileName/,
  },
  "a column type with more scale than precision": {
    change: (spec) => ({
      ...spec,
      inputs: [{ ...spec.inputs[0], columns: [{ ...spec.inputs[0].columns[0], type: "Decimal(5,9)" }] }],
    }),
    reason: "DefinitionInvalid",
    says: /columns\[0\]\.type/,
  },
  "an unknown parameter in the query": {
    change: (spec) => ({
      ...spec,
      inputs: [{ ...spec.inputs[0], sql: { ...spec.inputs[0].sql, query: "SELECT :busines_date" } }],
    }),
    reason: "DefinitionInvalid",
    says: /unknown parameter ':busines_date'/,
  },
  "a Connector that does not exist": {
    change: (spec) => ({
      ...spec,
      inputs: [{ ...spec.inputs[0], sql: { ...spec.inputs[0].sql, connectorRef: { name: "nowhere" } } }],
    }),
    reason: "ReferenceNotFound",
    says: /Connector.*nowhere/,
  },
  "a store that does not exist": {
    change: (spec) => ({ ...spec, artifactStoreRef: { name: "nowhere" } }),
    reason: "ReferenceNotFound",
    says: /ArtifactStore.*nowhere/,
  },
};

test.each(Object.entries(notReady))(
  "a Report with %s is not Ready and heals when repaired",
  async (_sentence, { change, reason, says }) => {
    await story.apply(reportOf(altered(example, "Report", change)));
    const condition = await readyCondition((one) => one.status === "False");
    expect(condition).toMatchObject({ status: "False", reason });
    expect(condition.message).toMatch(says);
    await story.apply(reportOf(example));
    await ready();
  },
);

test("a Report heals when the Connector it refers to comes back", async () => {
  await story.kubectl(["delete", "connector", "trades-db"]);
  expect(await readyCondition((one) => one.status === "False")).toMatchObject({ reason: "ReferenceNotFound" });
  await story.apply(...example.filter((one) => one.kind === "Connector"));
  await ready();
});

test("a run of a Report that is not Ready waits, says why and starts when the Report is repaired", async () => {
  await story.apply(
    reportOf(
      altered(
        example,
        "Report",
        rules((list) => [{ ...list[0], assert: "row.x" }]),
      ),
    ),
  );
  await readyCondition((one) => one.status === "False");
  const name = await story.createRun({ businessDate: "2027-01-05" });
  await story.until(name, ({ status }) => status?.conditions?.some((one) => one.reason === "ReportNotReady") ?? false);
  expect(await story.kubectl(["get", "jobs", "-o", "name"])).toBe("");
  await story.apply(reportOf(example));
  expect((await story.end(name)).status?.state).toBe("Completed");
});

function rules(change: (list: Spec[]) => Spec[]): (spec: Spec) => Spec {
  return (spec) => ({ ...spec, validation: { rules: change(spec.validation.rules) } });
}

function reportOf(manifests: Example): Manifest {
  return manifests.find((one) => one.kind === "Report") as Manifest;
}

interface ReadyCondition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** The condition Ready of the Report, once it speaks of the newest generation and is so. */
async function readyCondition(isSo: (condition: ReadyCondition) => boolean): Promise<ReadyCondition> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const report = JSON.parse(await story.kubectl(["get", "report", "daily-trades", "-o", "json"]));
    const condition = report.status?.conditions?.find((one: { type: string }) => one.type === "Ready");
    if (condition && condition.observedGeneration === report.metadata.generation && isSo(condition)) return condition;
    if (performance.now() > deadline)
      throw new Error(`the Report did not come there: ${JSON.stringify(report.status)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function ready(): Promise<void> {
  await readyCondition((one) => one.status === "True");
}
