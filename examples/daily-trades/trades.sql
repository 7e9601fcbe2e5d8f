-- Synthetic trades for this example: every value follows from the business date and the row's number, so each machine makes the same rows.
-- SELECT generate_trades('2026-04-01', 50000);

CREATE TABLE IF NOT EXISTS trade (
  trade_id text PRIMARY KEY,
  business_date date NOT NULL,
  executed_at timestamptz(6) NOT NULL,
  executing_lei text NOT NULL,
  counterparty text,
  isin text NOT NULL,
  side text NOT NULL,
  quantity numeric(18, 5) NOT NULL,
  price numeric(18, 8) NOT NULL,
  currency text NOT NULL,
  venue text NOT NULL,
  trader text,
  settlement_date date,
  algorithmic boolean NOT NULL
);

CREATE INDEX IF NOT EXISTS trade_by_date ON trade (business_date, trade_id);

-- A number from 0 to 2^28-1 that looks random and depends on its arguments only.
CREATE OR REPLACE FUNCTION trade_draw(seed text, n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT ('x0' || substr(md5(seed || ':' || n), 1, 7))::bit(32)::bigint
$$;

CREATE OR REPLACE FUNCTION generate_trades(day date, amount integer) RETURNS bigint LANGUAGE sql AS $$
  WITH made AS (
    INSERT INTO trade
    SELECT
      'T' || to_char(day, 'YYYYMMDD') || lpad(n::text, 8, '0'),
      day,
      (day + time '07:00') AT TIME ZONE 'UTC' + trade_draw(day || 'at', n) % 36000000 * interval '1 millisecond' + n % 1000 * interval '1 microsecond',
      (ARRAY['9999OPENREG000010062', '9999OPENREG000020053', '9999OPENREG000030044', '9999OPENREG000040035'])[1 + trade_draw(day || 'lei', n) % 4],
      CASE trade_draw(day || 'party', n) % 8
        WHEN 0 THEN NULL
        WHEN 1 THEN 'Müller & Söhne <Börse> AG'
        WHEN 2 THEN 'O''Neill "Capital", Ltd.'
        WHEN 3 THEN 'Banka Šariš; Košice'
        WHEN 4 THEN '東京証券 株式会社'
        ELSE 'Counterparty ' || trade_draw(day || 'name', n) % 500
      END,
      -- One row in ten thousand has a wrong check digit: the example's rule takes it out.
      CASE WHEN n % 10000 = 7777 THEN 'DE0000OPN012'
        ELSE (ARRAY['DE0000OPN011', 'FR0000OPN026', 'NL0000OPN031', 'US0000OPN049', 'GB0000OPN051', 'IE0000OPN069', 'SK0000OPN073', 'AT0000OPN080'])[1 + trade_draw(day || 'isin', n) % 8]
      END,
      CASE trade_draw(day || 'side', n) % 2 WHEN 0 THEN 'B' ELSE 'S' END,
      (1 + trade_draw(day || 'lots', n) % 1000000)::numeric / CASE trade_draw(day || 'part', n) % 4 WHEN 0 THEN 8 ELSE 1 END,
      (1 + trade_draw(day || 'price', n) % 100000000)::numeric / 10000 + 0.00000001 * (trade_draw(day || 'tick', n) % 10000),
      (ARRAY['EUR', 'USD', 'GBP', 'CHF'])[1 + trade_draw(day || 'ccy', n) % 4],
      (ARRAY['XETR', 'XPAR', 'XAMS', 'XLON', 'XOFF'])[1 + trade_draw(day || 'venue', n) % 5],
      CASE WHEN trade_draw(day || 'algo', n) % 3 = 0 THEN NULL ELSE 'TRADER' || lpad((trade_draw(day || 'trader', n) % 40)::text, 3, '0') END,
      CASE WHEN trade_draw(day || 'settle', n) % 50 = 0 THEN NULL ELSE day + 2 END,
      trade_draw(day || 'algo', n) % 3 = 0
    FROM generate_series(1, amount) AS n
    ON CONFLICT (trade_id) DO NOTHING
    RETURNING 1
  )
  SELECT count(*) FROM made
$$;
