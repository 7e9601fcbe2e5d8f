/** Owns reading from PostgreSQL: one consistent, read-only snapshot per input, values as exact text. */
import { Client, type ClientConfig, type Submittable } from "pg";
import type { Credentials } from "../../credentials.ts";
import { StepError } from "../../errors.ts";
import type { Network } from "../../network/address-guard.ts";
import type { Connector, ReadRequest, SourceRows } from "../connector.ts";
import { type Piece, pieceOf } from "../piece.ts";
import type { ConnectorSettings } from "../registry.ts";
import { hangUp } from "./cancel.ts";
import { clientConfig, openingStatements } from "./config.ts";
import { asSourceError } from "./errors.ts";
import { newQuery } from "./query.ts";
import { RowStream } from "./row-stream.ts";

/** The address of the server, as the Secret must allow it. */
export function postgresqlEndpoint(settings: ConnectorSettings): string {
  return `${settings.postgresql.host}:${settings.postgresql.port}`;
}

/** A connector for one PostgreSQL database. Opens a connection per input and closes it with the last row. */
export function newPostgresqlConnector(
  settings: ConnectorSettings,
  credentials: Credentials,
  network: Network,
): Connector {
  const config = { ...clientConfig(settings, credentials), stream: () => network.newSocket() };
  return { read: (request) => read(settings, { config, network }, request) };
}

interface Access {
  readonly config: ClientConfig;
  readonly network: Network;
}

async function read(
  settings: ConnectorSettings,
  { config, network }: Access,
  request: ReadRequest,
): Promise<SourceRows> {
  const query = newQuery(request);
  const client = new Client(config);
  const broken: { by?: unknown } = {};
  client.on("error", (error) => {
    broken.by = error; // the query in progress gets it too; without a listener it would end the process
  });
  const stop = (): void => hangUp(client, network);
  request.signal.addEventListener("abort", stop, { once: true });
  const close = async (): Promise<void> => {
    request.signal.removeEventListener("abort", stop);
    await client.end().catch(() => {}); // nothing was written: how the connection ends does not matter
  };
  const failed = async (error: unknown): Promise<never> => {
    await close();
    request.signal.throwIfAborted();
    throw asSourceError({ input: request.input, settings, user: config.user ?? "" }, error);
  };
  try {
    request.signal.throwIfAborted();
    await client.connect();
    const facts = await openSnapshot(client, settings, request);
    const stream = new RowStream(query.text, query.values);
    client.query(stream as unknown as Submittable); // its types know pg's own Connection only
    const answered = await stream.columns();
    const wanted = request.columns ?? answered;
    const positions = positionsOf(wanted, answered, request.input);
    const isAsWanted = wanted.length === answered.length && positions.every((position, index) => position === index);
    const pieces = isAsWanted ? stream.pieces() : arranged(stream.pieces(), positions);
    return { columns: wanted, facts, pieces: untilClosed(pieces, { signal: request.signal, close, failed }), close };
  } catch (error) {
    return failed(broken.by ?? error);
  }
}

async function openSnapshot(client: Client, settings: ConnectorSettings, request: ReadRequest) {
  await client.query(openingStatements(settings.statementTimeoutSeconds));
  const answer = await client.query(
    "SELECT current_setting('server_version') AS version, current_setting('server_encoding') AS encoding, pg_is_in_recovery()::text AS standby",
  );
  const { version, encoding, standby } = answer.rows[0] as Record<string, string>;
  if (encoding === "SQL_ASCII") {
    const remedy =
      "its text has no known encoding, so it cannot be read exactly; read from a database with an encoding";
    throw new StepError(
      "SourceQueryFailed",
      `input ${request.input}: the database has the encoding SQL_ASCII: ${remedy}`,
    );
  }
  return { product: "PostgreSQL", version: version ?? "", encoding: encoding ?? "", standby: standby ?? "" };
}

interface Ending {
  readonly signal: AbortSignal;
  readonly close: () => Promise<void>;
  readonly failed: (error: unknown) => Promise<never>;
}

async function* untilClosed(pieces: AsyncIterable<Piece>, { signal, close, failed }: Ending): AsyncGenerator<Piece> {
  try {
    for await (const piece of pieces) {
      signal.throwIfAborted(); // rows that came before the stop are not worth working on
      yield piece;
    }
  } catch (error) {
    await failed(error);
  } finally {
    await close();
  }
}

/** Where each wanted column stands in the answer. Throws StepError when one is missing or a name is ambiguous. */
function positionsOf(wanted: readonly string[], answered: readonly string[], input: string): readonly number[] {
  const double = answered.find((name, index) => answered.indexOf(name) !== index);
  if (double !== undefined) {
    throw new StepError(
      "SourceQueryFailed",
      `input ${input}: the query returns two columns named ${double}; name one of them with AS`,
    );
  }
  return wanted.map((name) => {
    const position = answered.indexOf(name);
    if (position >= 0) return position;
    const message = `input ${input}: the query returns no column ${name}; it returns ${answered.join(", ")}`;
    throw new StepError("SourceColumnMissing", message);
  });
}

async function* arranged(pieces: AsyncIterable<Piece>, positions: readonly number[]): AsyncGenerator<Piece> {
  for await (const piece of pieces) {
    const rows = Array.from(piece, (row) => positions.map((position) => row[position] ?? null));
    piece.release();
    yield pieceOf(rows);
  }
}
