/** Owns zip archives of one entry, with a fixed time, so that the same bytes and name give the same archive. */
import { descriptor, directory, streamedHeader } from "../zip-archive.ts";
import { deflated } from "./deflate.ts";

/** The archive of a source; the entry gets this name. */
export async function* zipped(source: AsyncIterable<Uint8Array>, entryName: string): AsyncGenerator<Uint8Array> {
  const plain = { crc32: 0, sizeBytes: 0 };
  const header = streamedHeader(entryName);
  let packedBytes = 0;
  yield header;
  for await (const chunk of deflated(source, plain)) {
    packedBytes += chunk.byteLength;
    yield chunk;
  }
  const sizes = { crc32: plain.crc32, packedBytes, plainBytes: plain.sizeBytes };
  const end = descriptor(sizes);
  yield end;
  const entry = { name: entryName, isDeflated: true, offset: 0, ...sizes };
  yield directory([entry], header.byteLength + packedBytes + end.byteLength);
}
