-- The transactions of the bench: every value follows from the trade date and the row's number, so each machine makes the same rows.
-- SELECT generate_txn('2026-04-01', 200000);

CREATE UNLOGGED TABLE IF NOT EXISTS txn (
  tx_id text COLLATE "C" NOT NULL,
  trade_date date NOT NULL,
  executed_at timestamptz(6) NOT NULL,
  booked_at timestamptz(6),
  settle_date date,
  maturity_date date,
  exec_lei text NOT NULL,
  buyer_id text NOT NULL,
  seller_id text NOT NULL,
  counterparty text,
  isin text NOT NULL,
  cfi text NOT NULL,
  side text NOT NULL,
  quantity numeric(18, 5) NOT NULL,
  price numeric(18, 8) NOT NULL,
  currency text NOT NULL,
  fx_rate numeric(12, 8) NOT NULL,
  exposure numeric(38, 10) NOT NULL,
  fee numeric(12, 4),
  venue text NOT NULL,
  country text NOT NULL,
  trader text,
  algorithmic boolean NOT NULL,
  short_sale boolean,
  remark text
);

-- what a run asks for comes from here in its order, so that nobody times a sort
CREATE UNIQUE INDEX IF NOT EXISTS txn_by_date ON txn (trade_date, tx_id);

-- An LEI with its check digits (ISO 7064, mod 97-10); letters count as two digits each.
CREATE OR REPLACE FUNCTION txn_lei(n integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT '9999OPENREG' || lpad(n::text, 7, '0')
    || lpad((98 - ('999924251423271416' || lpad(n::text, 7, '0') || '00')::numeric % 97)::text, 2, '0')
$$;

-- An ISIN with its check digit (Luhn over its digits, letters counting as two); X is 33, S is 28.
CREATE OR REPLACE FUNCTION txn_isin(n integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT 'XS' || lpad(n::text, 9, '0') || ((10 - sum(
      CASE WHEN place % 2 = 1 THEN digit * 2 / 10 + digit * 2 % 10 ELSE digit END) % 10) % 10)
  FROM (
    SELECT ordinality AS place, digit::integer
    FROM string_to_table(reverse('3328' || lpad(n::text, 9, '0')), NULL) WITH ORDINALITY AS t (digit, ordinality)
  ) AS digits
$$;

-- Bits of four hashes make all values of a row; one row in some thousands breaks a rule.
CREATE OR REPLACE FUNCTION generate_txn(day date, amount integer) RETURNS bigint LANGUAGE sql AS $$
  WITH made AS (
    INSERT INTO txn
    SELECT
      'TX' || to_char(day, 'YYYYMMDD') || lpad(n::text, 8, '0'),
      day,
      executed,
      CASE a & 7
        WHEN 1 THEN (day + time '23:59:59.999999') AT TIME ZONE 'UTC'
        WHEN 2 THEN (day + 1 + time '00:00:00.000001') AT TIME ZONE 'UTC'
        WHEN 3 THEN executed + (a >> 3 & 4194303) * interval '1 microsecond'
        WHEN 4 THEN executed
      END,
      CASE WHEN a >> 25 & 63 = 0 THEN NULL WHEN n % 5003 = 17 THEN day - 1 ELSE day + 2 END,
      CASE WHEN a >> 31 & 3 = 0 THEN NULL ELSE day + 30 + (a >> 33 & 8191)::integer END,
      leis[1 + (a >> 46 & 3)],
      leis[1 + (a >> 48 & 63)],
      CASE WHEN n % 20011 = 29 THEN '9999OPENREG000000199' ELSE leis[65 + (a >> 54 & 63)] END,
      CASE b & 15
        WHEN 0 THEN NULL
        WHEN 1 THEN 'Müller & Söhne <Börse> AG'
        WHEN 2 THEN 'O''Neill "Capital", Ltd.'
        WHEN 3 THEN 'Banka Šariš; Košice'
        WHEN 4 THEN '東京証券 株式会社 🏦'
        ELSE 'Client ' || (b >> 4 & 511)
      END,
      CASE WHEN n % 10007 = 41 THEN 'XS0000000001' ELSE isins[1 + (b >> 13 & 127)] END,
      (ARRAY['ESVUFR', 'DBFTFB', 'FFSCSX', 'OCASPS'])[1 + (b >> 20 & 3)],
      CASE b >> 22 & 1 WHEN 0 THEN 'B' ELSE 'S' END,
      CASE WHEN n % 30011 = 7 THEN 0 ELSE (1 + (b >> 23 & 1048575))::numeric / CASE b >> 43 & 3 WHEN 0 THEN 32 ELSE 1 END END,
      (1 + (b >> 45 & 131071))::numeric / 100 + (c & 16777215)::numeric * 0.00000001,
      (ARRAY['EUR', 'USD', 'GBP', 'CHF'])[1 + (c >> 24 & 3)],
      0.5 + (c >> 26 & 67108863)::numeric * 0.00000001,
      -- 38 digits, of either sign
      ((c >> 52 & 7) + 1)::numeric * CASE c >> 55 & 1 WHEN 0 THEN 1 ELSE -1 END * 1000000000000000000000000000.0000000000
        + (d & 9007199254740991)::numeric * 1.0000000001,
      CASE WHEN d >> 3 & 3 = 0 THEN NULL ELSE (d >> 5 & 4194303)::numeric / 10000 END,
      (ARRAY['XETR', 'XPAR', 'XAMS', 'XLON', 'XOFF'])[1 + (d >> 27 & 1023) % 5],
      (ARRAY['DE', 'FR', 'SK', 'JP', 'US', 'GB', 'IE', 'AT'])[1 + (d >> 37 & 7)],
      CASE WHEN d >> 40 & 3 = 0 THEN NULL ELSE 'TRADER' || lpad((d >> 42 & 63)::text, 3, '0') END,
      d >> 40 & 3 = 0 AND n % 4001 <> 0,
      CASE d >> 48 & 3 WHEN 0 THEN NULL WHEN 1 THEN true ELSE false END,
      CASE
        WHEN n % 1009 = 5 THEN repeat('wide "text" of a desk; ', 90)
        WHEN d >> 50 & 7 < 4 THEN NULL
        WHEN d >> 50 & 7 = 4 THEN ''
        WHEN d >> 50 & 7 = 5 THEN 'he said "sell, now", a < b & b > c'
        WHEN d >> 50 & 7 = 6 THEN 'naïve façade; 5 € – 10 €'
        ELSE 'desk ' || (d >> 53 & 255)
      END
    FROM
      (SELECT array_agg(txn_lei(i) ORDER BY i) AS leis, array_agg(txn_isin(i) ORDER BY i) AS isins FROM generate_series(1, 128) AS i) AS codes,
      generate_series(1, amount) AS n,
      -- OFFSET keeps the hashes from being computed again for each value
      LATERAL (
        SELECT hashint8extended(n, seed) AS a, hashint8extended(n, seed + 1) AS b,
          hashint8extended(n, seed + 2) AS c, hashint8extended(n, seed + 3) AS d
        FROM (SELECT (day - date '2000-01-01')::bigint * 4 AS seed) AS start OFFSET 0
      ) AS hashes,
      LATERAL (
        SELECT (day + time '07:00') AT TIME ZONE 'UTC' + (a & 34359738367) * interval '1 microsecond' AS executed OFFSET 0
      ) AS times
    RETURNING 1
  )
  SELECT count(*) FROM made
$$;
