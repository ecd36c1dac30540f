-- What was seen of the targets, and lines that only live as long as they are shown.

CREATE TABLE observed_releases (
  target     text NOT NULL,
  name       text NOT NULL,
  digest     text NOT NULL DEFAULT '',
  moving     boolean NOT NULL DEFAULT false,
  bad        boolean NOT NULL DEFAULT false,
  first_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (target, name, digest)
);

CREATE TABLE target_health (
  target  text PRIMARY KEY,
  up      boolean NOT NULL,
  saw     text NOT NULL,
  since   timestamptz NOT NULL,
  read_at timestamptz NOT NULL,
  -- The last time that it was down: from the first bad reading to the first good one.
  outage_from  timestamptz,
  outage_until timestamptz
);

-- Targets whose own files still name a release that was taken back, and the line to change.
CREATE TABLE held_targets (
  target text PRIMARY KEY,
  line   text NOT NULL
);

CREATE TABLE progress (
  run_id text NOT NULL,
  step   text NOT NULL,
  line   text NOT NULL,
  PRIMARY KEY (run_id, step)
);

CREATE TABLE step_logs (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id  text NOT NULL,
  step    text NOT NULL,
  attempt integer NOT NULL,
  lines   text NOT NULL
);
CREATE INDEX step_logs_of ON step_logs (run_id, step, attempt, id);
