-- When an ended run last changed; NULL while it is live. In the place of updated_at in an index: an append to a live run then changes no indexed column, and PostgreSQL leaves all
-- indexes of runs alone as long as the new row finds room beside the old one.
ALTER TABLE runs ADD COLUMN at_rest_since timestamptz GENERATED ALWAYS AS (CASE WHEN phase = 'ended' THEN updated_at END) STORED;
DROP INDEX runs_ended;
CREATE INDEX runs_at_rest ON runs (at_rest_since) WHERE at_rest_since IS NOT NULL;
ALTER TABLE runs SET (fillfactor = 50);

-- The newest runs of all targets, for a history without a target.
CREATE INDEX runs_newest ON runs (requested_at DESC);
