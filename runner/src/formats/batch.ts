/** Owns how records become bytes one after the other: in runs, so that no text grows large, and none is written alone. */
import type { Row } from "../connectors/connector.ts";
import { ByteSink } from "./byte-sink.ts";
import type { Batch, Section } from "./format.ts";

// one character beyond Latin doubles all of a text, so a run is a record or a few; single short records cost more than their share
const charactersPerRun = 1024;

/** A section from its batches. `isPlaced` says that bytes depend on the records before them. */
export function newSection(begin: Section["begin"], { isPlaced = false } = {}): Section {
  return {
    isPlaced,
    begin,
    render: (records, first) => {
      const batch = begin(first, new ByteSink());
      for (const record of records) batch.add(record);
      return batch.end();
    },
  };
}

/** The batch of a format of text: what `textOf` says of each record, which is the `index`th of the batch. */
export function textBatch(sink: ByteSink, textOf: (record: Row, index: number) => string): Batch {
  const run = new TextRun(sink);
  const from = sink.length;
  let index = 0;
  return {
    add: (record) => {
      run.add(textOf(record, index));
      index += 1;
    },
    end: () => {
      run.flush();
      return [{ bytes: sink.since(from) }];
    },
  };
}

/** Text on its way into a sink. */
export class TextRun {
  readonly #sink: ByteSink;
  #text = "";

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  add(text: string): void {
    this.#text += text;
    if (this.#text.length > charactersPerRun) this.flush();
  }

  flush(): void {
    if (this.#text !== "") this.#sink.addText(this.#text);
    this.#text = "";
  }
}
