/** Says that the names that are derived from other names fit where Kubernetes wants them. */
import { expect, test } from "vitest";
import { isInstant, toSeconds } from "./instant.ts";
import { jobNameOf } from "./job-name.ts";
import { labels, managedLabels, versionNameOf } from "./names.ts";

const hash = "0123456789abcdef".repeat(4);

test("a version is named after its Report and the first ten digits of its hash", () => {
  expect(versionNameOf("trades", hash)).toBe("trades-0123456789");
});

test("the version of a Report of the longest name still fits a label", () => {
  expect(versionNameOf("a".repeat(52), hash)).toHaveLength(63);
});

test("the Pod of the ten-thousandth attempt of a run of the longest name still fits a label", () => {
  const podSuffix = "-x7k2p";
  expect((jobNameOf("a".repeat(48), 9999) + podSuffix).length).toBeLessThanOrEqual(63);
});

test("everything we create is labelled as ours, and never as an instance, which Argo CD would prune", () => {
  expect(Object.keys(managedLabels)).toEqual(["app.kubernetes.io/managed-by", "app.kubernetes.io/part-of"]);
  expect(Object.values(labels).every((label) => label.startsWith("openreg.dev/"))).toBe(true);
});

test.each([
  ["2026-04-01T18:00:00Z", "2026-04-01T18:00:00Z"],
  ["2026-04-01T18:00:00.123456789Z", "2026-04-01T18:00:00Z"],
])("the instant %s is cut to whole seconds", (instant, seconds) => {
  expect(isInstant(instant)).toBe(true);
  expect(toSeconds(instant)).toBe(seconds);
});

test.each(["2026-04-01", "2026-04-01T18:00:00", "2026-04-01T18:00:00+02:00", "x2026-04-01T18:00:00Z", ""])(
  "'%s' is not an instant",
  (text) => {
    expect(isInstant(text)).toBe(false);
    expect(() => toSeconds(text)).toThrow(RangeError);
  },
);
