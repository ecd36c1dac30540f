-- Of many reasons at the same time only the first few are told one by one; whoever handles one takes its place here, so that workers at the same moment count the same.

CREATE TABLE concerns_told (
  -- Where it is told: a run's thread, or the channel of a target.
  place    text NOT NULL,
  -- The beginning of the stretch of time that is counted together.
  since    timestamptz NOT NULL,
  concerns text[] NOT NULL,
  PRIMARY KEY (place, since)
);
