import { type AddressInfo, connect, createServer } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DelayLine, startDelayLine } from "./delay-line.ts";

const echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
let line: DelayLine;
beforeAll(async () => {
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
  line = await startDelayLine({
    target: { host: "127.0.0.1", port: (echo.address() as AddressInfo).port },
    milliseconds: 40,
  });
});
afterAll(async () => {
  await line.stop();
  await new Promise((resolve) => echo.close(resolve));
});

async function echoed(bytes: Buffer): Promise<{ readonly answer: Buffer; readonly milliseconds: number }> {
  const socket = connect({ port: line.port, host: "127.0.0.1", allowHalfOpen: true });
  const started = performance.now();
  socket.end(bytes);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return { answer: Buffer.concat(chunks), milliseconds: performance.now() - started };
}

test("bytes come back whole, in order, and later by the delay both ways", async () => {
  const { answer, milliseconds } = await echoed(Buffer.from("hello"));
  expect(answer.toString()).toBe("hello");
  expect(milliseconds).toBeGreaterThanOrEqual(79);
});

test("many bytes share the delay instead of adding it up", async () => {
  const bytes = Buffer.alloc(20_000_000, "0123456789");
  const { answer, milliseconds } = await echoed(bytes);
  expect(answer.equals(bytes)).toBe(true);
  expect(milliseconds).toBeLessThan(5000); // 300 chunks one after the other would take 24 s
});
