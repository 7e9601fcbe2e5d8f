/** Owns the definition of a small report, resolved, for the tests of this package. */
import { type Definition, newDefinition } from "@openreg/crds";

/** A report of one query, one file and one receiver of each mode. */
export const tradesDefinition: Definition = newDefinition({
  name: "trades",
  spec: {
    inputs: [
      {
        name: "trades",
        sql: {
          connectorRef: { name: "trades-db" },
          query: "SELECT id, qty FROM trades WHERE day = :businessDate ORDER BY id",
        },
        columns: [
          { name: "id", type: "String" },
          { name: "qty", type: "Decimal(18,2)" },
        ],
      },
    ],
    outputs: [{ name: "file", fileName: "trades_{run.businessDate:yyyyMMdd}.csv", csv: {} }],
    deliverTo: [{ destinationRef: { name: "receiver" } }, { destinationRef: { name: "receiver-test" } }],
    run: { maxAttempts: 3, nodeSelector: { pool: "reports" }, queueName: "reports", priorityClassName: "nightly" },
  },
  connectors: new Map([
    [
      "trades-db",
      {
        postgresql: { host: "db.example", database: "trades", tls: { caSecretRef: { name: "db-ca" } } },
        credentialsSecretRef: { name: "db" },
      },
    ],
  ]),
  destinations: new Map([
    ["receiver", receiver("Live")],
    ["receiver-test", receiver("Test")],
  ]),
  stores: new Map([["default", { persistentVolumeClaimRef: { name: "artifacts" } }]]),
});

function receiver(mode: "Live" | "Test") {
  return {
    mode,
    sftp: { host: "sftp.example", directory: "/in", hostKeys: [`ssh-ed25519 ${"A".repeat(68)}`] },
    credentialsSecretRef: { name: `sftp-${mode.toLowerCase()}` },
  };
}
