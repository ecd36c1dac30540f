-- Every bit of a row of events is covered by its hash now: when a row was written stands in its payload, and this second reading of the clock was covered by nothing.
ALTER TABLE events DROP COLUMN recorded_at;

-- Heads are signed when a run ends. Live runs are not in it, so that their appends cost no more.
CREATE INDEX runs_ended ON runs (updated_at) WHERE phase = 'ended';
