-- After a release or a migration rules are looked at on a schedule that is here, so that it outlives every worker and all of Redis.

CREATE TABLE watches (
  -- The run that it follows: one has one watch.
  run_id     text PRIMARY KEY,
  target     text NOT NULL,
  kind       text NOT NULL,
  from_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  until_at   timestamptz NOT NULL,
  -- Until then the old server stays.
  keep_until timestamptz,
  phase      text NOT NULL DEFAULT 'watching' CHECK (phase IN ('watching', 'keeping', 'over')),
  ended      text CHECK (ended IN ('time', 'replaced', 'removed', 'done')),
  -- When its own life goes on; NULL: nothing happens by itself any more.
  next_at    timestamptz,
  version    integer NOT NULL DEFAULT 1
);
CREATE INDEX watches_due ON watches (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX watches_live ON watches (target) WHERE phase <> 'over';

-- Each rule has a schedule and a claim of its own: one that hangs holds nobody, and workers share them.
CREATE TABLE watch_rules (
  run_id        text NOT NULL REFERENCES watches,
  name          text NOT NULL,
  state         jsonb NOT NULL DEFAULT '{"held": 0, "brief": 0, "longestMs": 0}',
  next_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  claimed_until timestamptz,
  -- Counts claims: what an older one found out is not stored.
  token         bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (run_id, name)
);
CREATE INDEX watch_rules_due ON watch_rules (next_at);

-- The end of a run: ends the target's watch before it, and starts its own where there is one. Called within the append; the same run starts one watch.
CREATE FUNCTION start_watch(p_watch jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_run text := p_watch->>'run';
  v_now timestamptz := clock_timestamp();
BEGIN
  IF EXISTS (SELECT FROM watches WHERE run_id = v_run) THEN RETURN false; END IF;
  -- What is kept stays kept, unless it is the live system again.
  UPDATE watches SET version = version + 1, ended = 'replaced',
    phase = CASE WHEN keep_until IS NULL OR (p_watch->>'returned')::boolean THEN 'over' ELSE 'keeping' END,
    next_at = CASE WHEN keep_until IS NULL OR (p_watch->>'returned')::boolean THEN NULL WHEN phase = 'watching' THEN greatest(keep_until, v_now) ELSE next_at END
  WHERE target = p_watch->>'target' AND (phase = 'watching' OR (phase = 'keeping' AND (p_watch->>'returned')::boolean));
  IF p_watch->'start' IS NULL THEN RETURN false; END IF;
  INSERT INTO watches (run_id, target, kind, from_at, until_at, keep_until, next_at)
  VALUES (v_run, p_watch->>'target', p_watch->>'kind', v_now, v_now + (p_watch#>>'{start,forMs}')::double precision * interval '1 millisecond',
    v_now + (p_watch#>>'{start,keepMs}')::double precision * interval '1 millisecond',
    v_now + (p_watch#>>'{start,forMs}')::double precision * interval '1 millisecond');
  INSERT INTO watch_rules (run_id, name, next_at) SELECT v_run, name, v_now FROM jsonb_array_elements_text(p_watch#>'{start,rules}') AS name ON CONFLICT DO NOTHING;
  RETURN true;
END $$;
