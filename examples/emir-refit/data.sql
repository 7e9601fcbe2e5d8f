-- Synthetic reports of derivatives: every value follows from the business date and the row's number, so each machine makes the same rows.
-- SELECT generate_activity('2026-04-01');     20 reports of 11 derivatives, one of them with a wrong UTI
-- SELECT plant_errors('2026-04-02');          one row for each rule, which breaks it

CREATE TABLE IF NOT EXISTS emir_activity (
  uti text NOT NULL,
  seq integer NOT NULL, -- what happened to one derivative, in order
  reported_on date NOT NULL,
  action text NOT NULL,
  event_type text,
  event_date date NOT NULL,
  level text NOT NULL,
  counterparty1 text NOT NULL,
  sector1 text NOT NULL,
  threshold1 boolean NOT NULL,
  counterparty2 text NOT NULL,
  responsible text NOT NULL,
  side text,
  prior_uti text,
  position_uti text,
  product text NOT NULL,
  isin text,
  upi text,
  settlement_ccy text,
  value numeric(25, 5),
  value_ccy text,
  valued_at timestamptz(0),
  value_method text,
  venue text,
  notional numeric(25, 5),
  notional_ccy text,
  delivery text,
  executed_at timestamptz(0),
  effective_date date,
  expiration_date date,
  ended_on date,
  fixed_rate numeric(11, 10)
);

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

-- A derivative in full, as NEWT, MODI, CORR, REVI and POSC report it: swaps have odd numbers, forwards on currencies even ones.
CREATE OR REPLACE FUNCTION sample_derivative(day date, n integer) RETURNS emir_activity LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_populate_record(NULL::emir_activity, jsonb_build_object(
    'uti', sample_lei('9999OPENREG0000001') || 'TRADE' || lpad(n::text, 7, '0'), 'seq', 1, 'reported_on', day,
    'action', 'NEWT', 'event_type', 'TRAD', 'event_date', day, 'level', 'TCTN',
    'counterparty1', sample_lei('9999OPENREG0000001'), 'sector1', 'CDTI', 'threshold1', true,
    'counterparty2', sample_lei('9999OPENREG0003' || lpad((n % 1000)::text, 3, '0')),
    'responsible', sample_lei('9999OPENREG0000001'), 'side', CASE WHEN n % 4 < 2 THEN 'BYER' ELSE 'SLLR' END,
    'product', CASE n % 2 WHEN 1 THEN 'IRS' ELSE 'FXF' END,
    'upi', CASE WHEN n % 5 <> 0 THEN 'QZ00OPEN' || lpad((n % 10000)::text, 4, '0') END,
    'isin', CASE WHEN n % 5 = 0 THEN sample_isin('EZ0OPEN' || lpad((n % 10000)::text, 4, '0')) END,
    'venue', CASE WHEN n % 5 = 0 THEN 'XOFF' ELSE 'XXXX' END,
    'settlement_ccy', CASE n % 2 WHEN 1 THEN 'EUR' END, 'delivery', CASE n % 2 WHEN 1 THEN 'CASH' ELSE 'PHYS' END,
    'notional', 1000000 * n + 0.12345, 'notional_ccy', CASE n % 2 WHEN 1 THEN 'EUR' ELSE 'USD' END,
    'executed_at', (day + time '08:00') AT TIME ZONE 'UTC' + n % 60 * interval '11 minutes 7 seconds',
    'effective_date', day + 2, 'expiration_date', (day + CASE n % 2 WHEN 1 THEN interval '5 years' ELSE interval '90 days' END)::date,
    'fixed_rate', CASE n % 2 WHEN 1 THEN 0.025 + 0.0000000001 * n END))
$$;

-- The same derivative with some values changed; null takes a value out.
CREATE OR REPLACE FUNCTION changed(base emir_activity, change jsonb) RETURNS emir_activity LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_populate_record(base, change)
$$;

-- What reports without terms leave out: TERM, EROR and VALU name the derivative, not what was agreed.
CREATE OR REPLACE FUNCTION without_terms() RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT '{"side": null, "isin": null, "upi": null, "settlement_ccy": null, "venue": null, "notional": null, "notional_ccy": null, "delivery": null,
    "executed_at": null, "effective_date": null, "expiration_date": null, "fixed_rate": null, "prior_uti": null}'::jsonb
$$;

CREATE OR REPLACE FUNCTION generate_activity(day date) RETURNS void LANGUAGE sql AS $$
  INSERT INTO emir_activity
  SELECT (changed(sample_derivative(day, n), what)).*
  FROM (
    SELECT n, CASE n
      WHEN 9 THEN jsonb_build_object('event_type', 'NOVA', 'prior_uti', sample_lei('9999OPENREG0000001') || 'TRADE0000900')
      WHEN 10 THEN jsonb_build_object('action', 'POSC')
      -- One UTI does not begin with a valid LEI: rule OR-EM-2-1-NEW takes it out.
      WHEN 11 THEN jsonb_build_object('uti', '9999OPENREG000000100TRADE0000011')
      ELSE '{}'::jsonb END AS what
    FROM generate_series(1, 11) AS n
    UNION ALL SELECT n, jsonb_build_object('seq', 2, 'action', 'MODI', 'notional', 500000 * n) FROM generate_series(1, 3) AS n
    UNION ALL SELECT 4, jsonb_build_object('seq', 2, 'action', 'CORR', 'event_type', NULL, 'expiration_date', day + 91)
    UNION ALL SELECT 5, without_terms() || jsonb_build_object('seq', 2, 'action', 'TERM', 'event_type', 'ETRM', 'ended_on', day)
    UNION ALL SELECT 6, without_terms() || jsonb_build_object('seq', 2, 'action', 'EROR', 'event_type', NULL)
    UNION ALL SELECT 6, jsonb_build_object('seq', 3, 'action', 'REVI', 'event_type', NULL)
    UNION ALL SELECT n, without_terms() || jsonb_build_object('seq', 2, 'action', 'VALU', 'event_type', NULL, 'value', (n - 7.5) * 12345.67,
      'value_ccy', 'EUR', 'valued_at', (day + time '17:00') AT TIME ZONE 'UTC', 'value_method', 'MTMO') FROM generate_series(7, 8) AS n
  ) AS changes
$$;

-- Rows that are right but for one thing each; the number of the derivative says which rule it breaks.
CREATE OR REPLACE FUNCTION plant_errors(day date) RETURNS void LANGUAGE sql AS $$
  INSERT INTO emir_activity
  SELECT (changed(sample_derivative(day, no * 10 + 1), wrong)).*
  FROM (VALUES
    (1, '{"action": "MARU"}'::jsonb),
    (2, '{"event_type": "PORT"}'),
    (3, '{"action": "MODI", "uti": "-TRADE0000031"}'),
    (4, '{"uti": "9999OPENREG000000100TRADE0000041"}'),
    (5, '{"event_type": "NOVA"}'),
    (6, jsonb_build_object('prior_uti', sample_lei('9999OPENREG0000001') || 'TRADE0000900')),
    (7, without_terms() || jsonb_build_object('action', 'TERM', 'event_type', 'INCP', 'ended_on', day)),
    (8, without_terms() || jsonb_build_object('action', 'TERM', 'event_type', 'INCP', 'ended_on', day,
      'position_uti', sample_lei('9999OPENREG0000001') || 'TRADE0000081')),
    (9, '{"venue": "XETR"}'),
    (10, '{"upi": null}'),
    (11, '{"settlement_ccy": null}'),
    (12, without_terms() || jsonb_build_object('action', 'VALU', 'event_type', NULL, 'value', 1, 'value_ccy', 'EUR',
      'valued_at', (day + time '17:00') AT TIME ZONE 'UTC', 'value_method', 'GUESS')),
    (13, without_terms() || jsonb_build_object('action', 'VALU', 'event_type', NULL, 'value', 1, 'value_ccy', 'EUR',
      'valued_at', (day - 1 + time '17:00') AT TIME ZONE 'UTC', 'value_method', 'MTMO')),
    (14, jsonb_build_object('executed_at', (day + 3 + time '08:00') AT TIME ZONE 'UTC')),
    (15, jsonb_build_object('expiration_date', day)),
    (16, '{"expiration_date": null}'),
    (17, '{"notional": -1}'),
    (18, '{"notional_ccy": "XYZ"}'),
    (19, '{"counterparty1": "9999OPENREG000000000"}'),
    (20, '{"counterparty2": "9999OPENREG000000000"}'),
    (21, jsonb_build_object('counterparty2', sample_lei('9999OPENREG0000001'))),
    (22, '{"responsible": "9999OPENREG000000000"}'),
    (23, jsonb_build_object('event_date', day + 1)),
    (24, jsonb_build_object('event_date', day - 30)),
    (25, '{"level": "BOTH"}'),
    (26, '{"product": "TULIP"}'),
    (27, '{"side": null}'),
    (28, '{}'),
    (28, '{"seq": 2}')
  ) AS rows (no, wrong)
$$;
