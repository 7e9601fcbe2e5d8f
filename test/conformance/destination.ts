/** Owns what every kind of Destination must do; a kind's test is one call with a real receiver. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { DeliveryTry, Destination, Parcel } from "../../runner/src/destinations/destination.ts";

/** A real receiver, as the other side sees it. */
export interface ReceiverFixture {
  files(): Promise<Readonly<Record<string, string>>>;
  put(name: string, content: string): Promise<void>;
  /** Size of a file, or undefined when the name is free. */
  sizeOf(name: string): Promise<number | undefined>;
}

/** What the suite needs: a way to make the destination, and its receiver. Both are asked for inside each test. */
export interface DestinationSuite {
  readonly make: () => Destination;
  readonly receiver: () => ReceiverFixture;
}

/** A parcel of that content. */
export function parcelOf(fileName: string, content: string): Parcel {
  const bytes = Buffer.from(content);
  return {
    fileName,
    sizeBytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    open: async function* () {
      for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
    },
  };
}

/** How a first try is made; any part can be replaced. */
export function tryOf(fileName: string, parts: Partial<DeliveryTry> = {}): DeliveryTry {
  return {
    temporaryName: `${fileName}.0a1b2c3d-1.part`,
    isLeftover: (name) => name.startsWith(`${fileName}.0a1b2c3d-`) && name.endsWith(".part"),
    mayBeThere: false,
    checkOwned: async () => {},
    failpoint: async () => {},
    signal: new AbortController().signal,
    ...parts,
  };
}

const signal = new AbortController().signal;
let counter = 0;
function newName(): string {
  counter += 1;
  return `file-${process.pid}-${counter}.csv`;
}

/** Declares the tests. */
export function testDestination({ make, receiver }: DestinationSuite): void {
  const held = async (name: string) =>
    Object.fromEntries(Object.entries(await receiver().files()).filter(([file]) => file.startsWith(name)));

  test("probes a receiver that is in order", async () => {
    await make().probe(signal);
  });

  test.each([
    ["an empty file", ""],
    ["a small file", "ID\n1\n"],
    ["a file of one request exactly", "x".repeat(32 * 1024)],
    ["a file larger than the window", "0123456789abcdef".repeat(200_000)],
  ])("delivers %s whole, under its name only", async (_sentence, content) => {
    const name = newName();
    const parcel = parcelOf(name, content);
    const handover = await make().deliver(parcel, tryOf(name));
    expect(handover).toMatchObject({ sizeBytes: parcel.sizeBytes, sha256: parcel.sha256, verifiedBy: "Hash" });
    expect(handover.location).toBe(make().locationOf(name));
    expect(Object.keys(await held(name))).toEqual([name]);
    expect((await held(name))[name] === content).toBe(true);
    expect(await make().inspect(name, signal)).toEqual({ sizeBytes: parcel.sizeBytes, sha256: parcel.sha256 });
  });

  test("D1: whoever watches the directory sees the name only with the whole file", async () => {
    const name = newName();
    const parcel = parcelOf(name, "0123456789abcdef".repeat(400_000));
    const delivered = make().deliver(parcel, tryOf(name));
    let isDone = false;
    void delivered.finally(() => {
      isDone = true;
    });
    const seen = new Set<number>();
    while (!isDone) {
      const size = await receiver().sizeOf(name);
      if (size !== undefined) seen.add(size);
    }
    await delivered;
    expect([...seen].filter((size) => size !== parcel.sizeBytes)).toEqual([]);
  });

  test("D3: the same content under the name is a success, and nothing is sent again", async () => {
    const name = newName();
    await receiver().put(name, "same");
    const opened: string[] = [];
    const open = () => {
      opened.push(name);
      return parcelOf(name, "same").open();
    };
    const parcel = { ...parcelOf(name, "same"), open };
    expect(await make().deliver(parcel, tryOf(name))).toMatchObject({ verifiedBy: "Hash", sha256: parcel.sha256 });
    expect(opened).toEqual([]);
  });

  test.each([
    ["of another size", "other content"],
    ["of the same size", "emas"],
  ])("D3: other content %s under the name is a conflict, and stays", async (_sentence, content) => {
    const name = newName();
    await receiver().put(name, content);
    await expect(make().deliver(parcelOf(name, "same"), tryOf(name))).rejects.toMatchObject({
      code: "DeliveryConflict",
      retryable: false,
    });
    expect(await held(name)).toEqual({ [name]: content });
  });

  test("D3: a name that is taken between the last look and the rename is never overwritten", async () => {
    const name = newName();
    const failpoint = async (point: string) => {
      if (point === "rename.before") await receiver().put(name, "theirs");
    };
    await expect(make().deliver(parcelOf(name, "ours"), tryOf(name, { failpoint }))).rejects.toMatchObject({
      code: "DeliveryConflict",
    });
    expect((await held(name))[name]).toBe("theirs");
  });

  test("R3: an attempt that lost its run leaves nothing under the name", async () => {
    const name = newName();
    const lost = new Error("fenced");
    const checkOwned = async () => Promise.reject(lost);
    await expect(make().deliver(parcelOf(name, "late"), tryOf(name, { checkOwned }))).rejects.toThrow("fenced");
    expect(Object.keys(await held(name))).not.toContain(name);
  });

  test("removes what earlier tries of the run left, and nothing else", async () => {
    const name = newName();
    await receiver().put(`${name}.0a1b2c3d-7.part`, "half");
    await receiver().put(`${name}.ffffffff-1.part`, "of another run");
    await make().deliver(parcelOf(name, "whole"), tryOf(name));
    expect(await held(name)).toEqual({ [name]: "whole", [`${name}.ffffffff-1.part`]: "of another run" });
  });

  test("notices stored bytes that are not what was recorded", async () => {
    const name = newName();
    const parcel = { ...parcelOf(name, "recorded"), open: parcelOf(name, "replaced").open };
    await expect(make().deliver(parcel, tryOf(name))).rejects.toMatchObject({ code: "CheckpointCorrupt" });
    expect(Object.keys(await held(name))).not.toContain(name);
  });

  test("stops at once when told to, and the name stays free", async () => {
    const name = newName();
    const controller = new AbortController();
    const stop = new Error("stop");
    const failpoint = async (point: string) => {
      if (point === "upload.first-bytes") controller.abort(stop);
    };
    await expect(
      make().deliver(parcelOf(name, "x".repeat(1_000_000)), tryOf(name, { failpoint, signal: controller.signal })),
    ).rejects.toBe(stop);
    expect(Object.keys(await held(name))).not.toContain(name);
  });

  test("finds nothing under a name that is free", async () => {
    expect(await make().inspect(newName(), signal)).toBeUndefined();
  });
}
