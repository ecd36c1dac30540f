-- What preflights recorded as last known good (stored with their receipts), and every outage that was seen, for reports.

CREATE TABLE preflights (
  run_id      text NOT NULL,
  step        text NOT NULL,
  target      text NOT NULL,
  release     text NOT NULL,
  digest      text NOT NULL DEFAULT '',
  moving      boolean NOT NULL DEFAULT false,
  git_commit  text,
  -- [{ "url", "saw", "ms" }]: the baseline of the health addresses.
  health      jsonb NOT NULL,
  recorded_at timestamptz NOT NULL,
  PRIMARY KEY (run_id, step)
);
CREATE INDEX preflights_of ON preflights (target, recorded_at DESC);

CREATE TABLE outages (
  target     text NOT NULL,
  began_at   timestamptz NOT NULL,
  ended_at   timestamptz,
  -- The first bad reading.
  saw        text NOT NULL,
  PRIMARY KEY (target, began_at)
);

-- target_health remembers the last outage only. A trigger sees every turn, whoever writes the reading.
CREATE FUNCTION keep_outage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.outage_from IS NOT NULL THEN
    INSERT INTO outages AS o (target, began_at, ended_at, saw) VALUES (NEW.target, NEW.outage_from, NEW.outage_until, NEW.saw)
    ON CONFLICT (target, began_at) DO UPDATE SET ended_at = excluded.ended_at WHERE o.ended_at IS DISTINCT FROM excluded.ended_at;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_outage AFTER INSERT OR UPDATE OF outage_from, outage_until ON target_health FOR EACH ROW EXECUTE FUNCTION keep_outage();
