-- Synthetic transactions: every value follows from the business date and the row's number, so each machine makes the same rows.
-- SELECT generate_transactions('2026-04-01');     20 records, one of them with a wrong ISIN
-- SELECT plant_errors('2026-04-02');              one row for each rule, which breaks it

CREATE TABLE IF NOT EXISTS rts22 (
  tx_ref text NOT NULL,
  status text NOT NULL,
  trade_date date NOT NULL,
  exec_lei text NOT NULL,
  inv_firm boolean NOT NULL,
  buyer_type text NOT NULL,
  buyer_id text,
  buyer_first text,
  buyer_name text,
  buyer_birth date,
  buyer_scheme text,
  seller_type text NOT NULL,
  seller_id text,
  seller_first text,
  seller_name text,
  seller_birth date,
  seller_scheme text,
  transmitted boolean NOT NULL,
  traded_at timestamptz(6) NOT NULL,
  capacity text NOT NULL,
  qty_type text NOT NULL,
  qty numeric(18, 5) NOT NULL,
  qty_ccy text,
  price_type text NOT NULL,
  price numeric(18, 13),
  price_ccy text,
  mic text NOT NULL,
  branch text,
  matching_id text,
  isin text NOT NULL,
  algo text,
  waivers text[],
  short_sell text,
  otc_flags text[],
  sft boolean NOT NULL
);

-- Trading venues with the time in which they are known; XOFF and XXXX are no venues but codes for "not on one".
CREATE TABLE IF NOT EXISTS venue (mic text PRIMARY KEY, country text, eea boolean NOT NULL, valid_from date NOT NULL, valid_to date NOT NULL);
INSERT INTO venue VALUES
  ('XETR', 'DE', true, '2018-01-03', '9999-12-31'),
  ('XPAR', 'FR', true, '2018-01-03', '9999-12-31'),
  ('XAMS', 'NL', true, '2018-01-03', '9999-12-31'),
  ('XLON', 'GB', false, '2021-01-01', '9999-12-31'),
  ('XOFF', NULL, false, '2018-01-03', '9999-12-31'),
  ('XXXX', NULL, false, '2018-01-03', '9999-12-31'),
  ('XBRM', 'DE', true, '2018-01-03', '2020-01-01')
ON CONFLICT (mic) DO NOTHING;

-- Letters as numbers (A is 10, Z is 35), as check digits are computed.
CREATE OR REPLACE FUNCTION code_digits(code text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT string_agg(CASE WHEN c ~ '[0-9]' THEN c ELSE (ascii(c) - 55)::text END, '' ORDER BY at)
  FROM regexp_split_to_table(code, '') WITH ORDINALITY AS letters (c, at)
$$;

-- An LEI of 18 characters and its two check digits (ISO 7064 MOD 97-10).
CREATE OR REPLACE FUNCTION sample_lei(stem text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT stem || lpad((98 - (code_digits(stem) || '00')::numeric % 97)::text, 2, '0')
$$;

-- An ISIN of 11 characters and its check digit (Luhn over the digits: from the right every second one is doubled).
CREATE OR REPLACE FUNCTION sample_isin(stem text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT stem || (10 - sum(CASE WHEN at % 2 = 1 THEN d * 2 / 10 + d * 2 % 10 ELSE d END) % 10) % 10
  FROM (SELECT c::integer AS d, at FROM regexp_split_to_table(reverse(code_digits(stem)), '') WITH ORDINALITY AS letters (c, at)) AS digits
$$;

-- Capitals without accents; whatever is no letter is left out.
CREATE OR REPLACE FUNCTION plain_letters(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT regexp_replace(translate(name, 'ÄÖÜŠÉÍÓ', 'AOUSEIO'), '[^A-Z]', '', 'g')
$$;

-- A person without a number of a document: country, date of birth, five letters of the first name and of the surname.
CREATE OR REPLACE FUNCTION sample_concat(country text, birth date, first text, surname text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT country || to_char(birth, 'YYYYMMDD') || rpad(plain_letters(first), 5, '#') || rpad(plain_letters(surname), 5, '#')
$$;

CREATE OR REPLACE FUNCTION sample_person(n integer, OUT id text, OUT first text, OUT name text, OUT birth date, OUT scheme text) LANGUAGE sql IMMUTABLE AS $$
  SELECT
    CASE people.scheme
      WHEN 'CONCAT' THEN sample_concat(people.country, people.birth, people.first, people.name)
      -- eight digits and the letter that checks them
      WHEN 'NIDN' THEN people.country || number || substr('TRWAGMYFPDXBNJZSQVHLCKE', 1 + number % 23, 1)
      ELSE people.country || 'P' || number
    END,
    people.first, people.name, people.birth, people.scheme
  FROM (VALUES
    (0, 'DE', 'ANNA', 'MÜLLER', date '1980-01-01', 'CONCAT', 0),
    (1, 'ES', 'JOSÉ', 'GARCÍA LÓPEZ', date '1975-06-30', 'NIDN', 12345678),
    (2, 'SK', 'ZUZANA', 'ŠEBO', date '1991-12-31', 'CCPT', 87654321),
    (3, 'AT', 'EVA', 'O''HARA & CO', date '2000-02-29', 'CONCAT', 0)
  ) AS people (no, country, first, name, birth, scheme, number)
  WHERE people.no = n % 4
$$;

CREATE OR REPLACE FUNCTION generate_transactions(day date, amount integer DEFAULT 18) RETURNS void LANGUAGE sql AS $$
  INSERT INTO rts22
  SELECT
    'T' || to_char(day, 'YYYYMMDD') || lpad(n::text, 6, '0'),
    CASE WHEN n IN (4, 11) THEN 'CANC' ELSE 'NEW' END,
    day,
    sample_lei('9999OPENREG0000' || lpad((1 + n % 2)::text, 3, '0')),
    true,
    CASE n % 4 WHEN 1 THEN 'PRSN' WHEN 2 THEN 'INTC' ELSE 'LEI' END,
    CASE n % 4 WHEN 1 THEN buyer.id WHEN 2 THEN NULL ELSE sample_lei('9999OPENREG0001' || lpad(n::text, 3, '0')) END,
    CASE n % 4 WHEN 1 THEN buyer.first END,
    CASE n % 4 WHEN 1 THEN buyer.name END,
    CASE n % 4 WHEN 1 THEN buyer.birth END,
    CASE n % 4 WHEN 1 THEN buyer.scheme END,
    CASE n % 3 WHEN 0 THEN 'MIC' WHEN 1 THEN 'LEI' ELSE 'PRSN' END,
    CASE n % 3 WHEN 0 THEN 'XETR' WHEN 1 THEN sample_lei('9999OPENREG0002' || lpad(n::text, 3, '0')) ELSE seller.id END,
    CASE n % 3 WHEN 2 THEN seller.first END,
    CASE n % 3 WHEN 2 THEN seller.name END,
    CASE n % 3 WHEN 2 THEN seller.birth END,
    CASE n % 3 WHEN 2 THEN seller.scheme END,
    n % 5 = 0,
    (day + time '07:00') AT TIME ZONE 'UTC' + n * interval '17 minutes 3.000001 seconds',
    (ARRAY['P', 'M', 'A'])[1 + n % 3],
    (ARRAY['UNIT', 'NMNL', 'UNIT', 'MNTRY'])[1 + n % 4],
    n * 1000 + CASE n % 4 WHEN 3 THEN 0.12345 ELSE 0 END,
    CASE WHEN n % 4 IN (1, 3) THEN 'EUR' END,
    (ARRAY['MNTRY', 'PCTG', 'MNTRY', 'YLD', 'MNTRY', 'BSIS', 'PNDG'])[1 + n % 7],
    CASE WHEN n % 7 <> 6 THEN 90 + n + 0.0000000000001 * n END,
    CASE WHEN n % 7 IN (0, 2, 4) THEN 'EUR' END,
    (ARRAY['XETR', 'XPAR', 'XLON', 'XOFF', 'XAMS'])[1 + n % 5],
    CASE WHEN n % 6 = 0 THEN 'DE' END,
    CASE WHEN n % 5 IN (0, 1, 4) THEN 'MATCH' || lpad(n::text, 8, '0') END,
    -- One record has a wrong check digit: rule OR-MF-41 takes it out.
    CASE WHEN n = 13 THEN 'DE000OPENRE8' ELSE sample_isin((ARRAY['DE', 'FR', 'NL', 'IE'])[1 + n % 4] || '00OPEN' || lpad(n::text, 3, '0')) END,
    CASE WHEN n % 3 = 0 THEN 'ALGO' || lpad(n::text, 3, '0') END,
    CASE n % 6 WHEN 0 THEN ARRAY['OILQ', 'SIZE'] WHEN 1 THEN ARRAY['RFPT'] END,
    CASE WHEN n % 3 = 1 THEN (ARRAY['SESH', 'SELL', 'UNDI'])[1 + n % 2] END,
    CASE WHEN n % 5 = 3 THEN ARRAY['LRGS', 'ILQD'] END,
    n % 9 = 0
  FROM generate_series(1, amount) AS n, sample_person(n) AS buyer, sample_person(n / 2) AS seller;
  -- A correction is a cancellation and a new record of the same number; a cancellation comes first in the file.
  INSERT INTO rts22
  SELECT (jsonb_populate_record(old, jsonb_build_object('status', 'NEW', 'qty', old.qty + 1))).*
  FROM rts22 AS old WHERE trade_date = day AND status = 'CANC' ORDER BY tx_ref;
$$;

-- A transaction that breaks no rule.
CREATE OR REPLACE FUNCTION sample_transaction() RETURNS rts22 LANGUAGE sql AS $$
  SELECT jsonb_populate_record(NULL::rts22, jsonb_build_object(
    'status', 'NEW', 'exec_lei', sample_lei('9999OPENREG0000001'), 'inv_firm', true,
    'buyer_type', 'LEI', 'buyer_id', sample_lei('9999OPENREG0001001'),
    'seller_type', 'LEI', 'seller_id', sample_lei('9999OPENREG0002001'), 'transmitted', false,
    'capacity', 'P', 'qty_type', 'UNIT', 'qty', 100, 'price_type', 'MNTRY', 'price', 12.5, 'price_ccy', 'EUR',
    'mic', 'XETR', 'matching_id', 'MATCH1', 'isin', sample_isin('DE000OPENRE'), 'sft', false))
$$;

-- Rows that are right but for one thing each; the name of the row says which rule it breaks.
CREATE OR REPLACE FUNCTION plant_errors(day date) RETURNS void LANGUAGE sql AS $$
  INSERT INTO rts22
  SELECT (jsonb_populate_record(base, jsonb_build_object('tx_ref', 'E' || lpad(no::text, 3, '0'), 'trade_date', day,
    'traded_at', (day + time '09:00') AT TIME ZONE 'UTC') || wrong)).*
  FROM sample_transaction() AS base, (VALUES
    (1, '{"status": "AMND"}'::jsonb),
    (2, '{"tx_ref": "e002-small"}'),
    (3, '{"matching_id": null}'),
    (4, '{"exec_lei": "9999OPENREG000000000"}'),
    (5, '{"buyer_id": "9999OPENREG000000000"}'),
    (6, '{"buyer_type": "PRSN", "buyer_id": "DE1980ANNA", "buyer_scheme": "CONCAT", "buyer_first": "ANNA", "buyer_name": "NEU", "buyer_birth": "1980-01-01"}'),
    (7, '{"buyer_type": "PRSN", "buyer_id": "DE19800101ANNA#NEU##", "buyer_scheme": "CONCAT", "buyer_first": "ANNA", "buyer_name": "NEU"}'),
    (8, '{"seller_id": null}'),
    (9, '{"seller_type": "PRSN", "seller_id": "ES12345678Z", "seller_scheme": "PASS", "seller_first": "ANNA", "seller_name": "NEU", "seller_birth": "1980-01-01"}'),
    (10, '{"seller_type": "PRSN", "seller_id": "ES12345678Z", "seller_scheme": "NIDN", "seller_first": "", "seller_name": "NEU", "seller_birth": "1980-01-01"}'),
    (11, jsonb_build_object('traded_at', (day + time '09:00') AT TIME ZONE 'UTC' + interval '2 days')),
    (12, jsonb_build_object('traded_at', (day + time '09:00') AT TIME ZONE 'UTC' - interval '7 days')),
    (13, '{"capacity": "X"}'),
    (14, '{"qty": 0}'),
    (15, '{"qty_type": "NMNL", "qty_ccy": "XYZ"}'),
    (16, '{"price_type": "PNDG"}'),
    (17, '{"price_ccy": null}'),
    (18, '{"mic": "XBRM"}'),
    (19, '{"isin": "DE000OPENRE8"}'),
    (20, '{"waivers": ["OILQ", "NONE"]}'),
    (21, '{"short_sell": "LONG"}'),
    (22, '{"otc_flags": ["PRICE"]}'),
    (23, '{}'),
    (24, '{"tx_ref": "E023"}')
  ) AS rows (no, wrong)
$$;
