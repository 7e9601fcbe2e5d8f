import { expect, test } from "vitest";
import { newPod, noon, openOf } from "../testdata/inputs.ts";
import type { OpenAttempt } from "./input.ts";
import { needsWarnings, problemOf } from "./pod-problem.ts";

const pending = (conditions: object[]) => newPod(undefined, { status: { phase: "Pending", conditions } });
const unscheduled = (message: string) =>
  pending([{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }]);
const waiting = (reason: string) => newPod({ waiting: { reason, message: "why" } });

const cases: Record<string, { given: Partial<OpenAttempt>; expected: object | undefined }> = {
  "R17 an image that cannot be pulled": {
    given: { pods: [waiting("ImagePullBackOff")] },
    expected: { code: "ImagePullFailed", message: expect.stringContaining("ImagePullBackOff: why") },
  },
  "R17 a bad image name": { given: { pods: [waiting("InvalidImageName")] }, expected: { code: "ImagePullFailed" } },
  "R17 a container that cannot be configured": {
    given: { pods: [waiting("CreateContainerConfigError")] },
    expected: { code: "PodRefused" },
  },
  "R16 no node has room": {
    given: { pods: [unscheduled("0/3 nodes are available: insufficient memory")] },
    expected: { code: "PodUnschedulable", message: expect.stringContaining("insufficient memory") },
  },
  "R16 a volume claim that does not exist": {
    given: { pods: [unscheduled('persistentvolumeclaim "artifacts" not found')] },
    expected: { code: "VolumeNotMounted" },
  },
  "R16 a Pod that the API server refuses": {
    given: { warning: { reason: "FailedCreate", message: "exceeded quota" } },
    expected: { code: "PodRefused", message: expect.stringContaining("exceeded quota") },
  },
  "R16 a volume that cannot be mounted": {
    given: {
      pods: [newPod({ waiting: { reason: "ContainerCreating" } })],
      warning: { reason: "FailedMount", message: "no such claim" },
    },
    expected: { code: "VolumeNotMounted" },
  },
  "nothing is wrong with a container that is being created": {
    given: { pods: [newPod({ waiting: { reason: "ContainerCreating" } })] },
    expected: undefined,
  },
  "nothing is wrong with a runner that works": {
    given: { pods: [newPod({ running: {} })], warning: { reason: "FailedMount", message: "an old one" } },
    expected: undefined,
  },
};

test.each(Object.entries(cases))("%s", (_sentence, { given, expected }) => {
  const problem = problemOf(openOf(given));
  if (expected) expect(problem).toMatchObject(expected);
  else expect(problem).toBeUndefined();
});

test("warnings are read only when nothing has started for a while", () => {
  const scheduled = { ...newPod({ waiting: { reason: "ContainerCreating" } }), spec: { nodeName: "n1" } };
  expect(needsWarnings(openOf({ startedAt: noon }), 5, noon)).toBe(false);
  expect(needsWarnings(openOf(), 5, noon)).toBe(true);
  expect(needsWarnings(openOf({ pods: [scheduled] }), 5, noon)).toBe(true);
  expect(needsWarnings(openOf({ pods: [newPod({ running: {} })] }), 5, noon)).toBe(false);
  expect(needsWarnings(openOf({ job: undefined as never }), 5, noon)).toBe(false);
});
