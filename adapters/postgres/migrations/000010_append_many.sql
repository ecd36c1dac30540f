-- The appends of many runs in one transaction, each by its owner and with nothing but events and boards: a commit costs as much for fifty as for one.
-- Returns for each run what happened; one run occurs once. A refused append leaves the others alone.
CREATE FUNCTION append_many(
  p_runs text[], p_expected integer[], p_heads bytea[], p_tokens bigint[], p_versions integer[], p_new_heads bytea[],
  p_phases text[], p_outcomes text[], p_wake_at double precision[], p_titles text[], p_urgent boolean[],
  p_event_runs text[], p_event_versions integer[], p_types text[], p_payloads text[], p_hashes bytea[], p_boards jsonb
) RETURNS TABLE (run text, status text) LANGUAGE plpgsql AS $$
DECLARE
  v_moved text[];
BEGIN
  -- Always in one order, so that nobody who needs several runs waits for another who does.
  PERFORM FROM runs AS r WHERE r.id = ANY (p_runs) ORDER BY r.id FOR NO KEY UPDATE;

  WITH moved AS (
    UPDATE runs AS r SET version = g.version, head = g.new_head, phase = g.phase, outcome = g.outcome, title = g.title, updated_at = clock_timestamp(),
      wake_at = CASE WHEN g.wake_at IS NULL THEN NULL ELSE to_timestamp(g.wake_at / 1000.0) END
    FROM unnest(p_runs, p_expected, p_heads, p_tokens, p_versions, p_new_heads, p_phases, p_outcomes, p_wake_at, p_titles)
      AS g (id, expected, head, token, version, new_head, phase, outcome, wake_at, title)
    WHERE r.id = g.id AND r.version = g.expected AND r.head = g.head AND r.lease_token = g.token
    RETURNING r.id
  ) SELECT coalesce(array_agg(moved.id), '{}') INTO v_moved FROM moved;

  INSERT INTO events (run_id, version, type, payload, hash)
  SELECT e.id, e.version, e.type, e.payload, e.hash FROM unnest(p_event_runs, p_event_versions, p_types, p_payloads, p_hashes) AS e (id, version, type, payload, hash)
  WHERE e.id = ANY (v_moved);

  IF p_boards <> '[]' THEN
    INSERT INTO boards (id, run_id, platform, channel, thread, locale)
    SELECT b->>'id', b->>'run', b->>'platform', b->>'channel', b->>'thread', b->>'locale' FROM jsonb_array_elements(p_boards) AS b WHERE b->>'run' = ANY (v_moved)
    ON CONFLICT DO NOTHING;
  END IF;

  -- As in append_events.
  INSERT INTO outbox (key, wakeup, due_at)
  SELECT 'board:' || b.id, jsonb_build_object('queue', 'chat', 'do', 'board', 'id', b.id), clock_timestamp() + CASE WHEN g.urgent THEN interval '0' ELSE interval '300 milliseconds' END
  FROM boards AS b JOIN unnest(p_runs, p_urgent) AS g (id, urgent) ON b.run_id = g.id WHERE g.id = ANY (v_moved) ORDER BY b.id
  ON CONFLICT (key) DO UPDATE SET due_at = least(outbox.due_at, excluded.due_at) WHERE excluded.due_at < outbox.due_at;

  RETURN QUERY SELECT g.id, CASE WHEN g.id = ANY (v_moved) THEN 'appended' WHEN EXISTS (SELECT FROM runs AS r WHERE r.id = g.id AND r.lease_token = g.token) THEN 'conflict' ELSE 'fenced' END
  FROM unnest(p_runs, p_tokens) AS g (id, token);
END $$;

-- Whoever wakes several boards does so in the order of their ids, so that nobody waits for another in a circle.
CREATE OR REPLACE FUNCTION append_events(
  p_run text, p_expected integer, p_head bytea, p_token bigint,
  p_types text[], p_payloads text[], p_hashes bytea[],
  p_target text, p_kind text, p_title text, p_phase text, p_outcome text, p_wake_at double precision,
  p_lock text, p_delivery text, p_delivery_outcome text,
  p_wake jsonb, p_boards jsonb, p_messages jsonb, p_urgent boolean
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  v_version integer := p_expected + cardinality(p_types);
  v_head bytea := coalesce(p_hashes[cardinality(p_hashes)], p_head);
  v_wake timestamptz := CASE WHEN p_wake_at IS NULL THEN NULL ELSE to_timestamp(p_wake_at / 1000.0) END;
BEGIN
  IF p_expected = 0 THEN
    INSERT INTO runs (id, target, kind, title, phase, outcome, version, head, wake_at)
    VALUES (p_run, p_target, p_kind, p_title, p_phase, p_outcome, v_version, v_head, v_wake)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN RETURN 'conflict'; END IF;
  ELSE
    UPDATE runs SET version = v_version, head = v_head, phase = p_phase, outcome = p_outcome, wake_at = v_wake, title = p_title, updated_at = clock_timestamp()
    WHERE id = p_run AND version = p_expected AND head = p_head AND (p_token IS NULL OR lease_token = p_token);
    IF NOT FOUND THEN
      IF p_token IS NOT NULL AND NOT EXISTS (SELECT FROM runs WHERE id = p_run AND lease_token = p_token) THEN RETURN 'fenced'; END IF;
      RETURN 'conflict';
    END IF;
  END IF;

  IF p_lock = 'take' THEN
    INSERT INTO locks (target, run_id) VALUES (p_target, p_run) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN RAISE EXCEPTION 'target locked' USING ERRCODE = 'PLB01'; END IF;
  ELSIF p_lock = 'release' THEN
    DELETE FROM locks WHERE target = p_target AND run_id = p_run;
  END IF;

  IF p_delivery IS NOT NULL THEN
    UPDATE deliveries SET processed_at = clock_timestamp(), outcome = p_delivery_outcome, payload = payload #- '{actor,totp}' WHERE id = p_delivery AND processed_at IS NULL;
    IF NOT FOUND THEN RAISE EXCEPTION 'delivery processed' USING ERRCODE = 'PLB02'; END IF;
  END IF;

  INSERT INTO events (run_id, version, type, payload, hash)
  SELECT p_run, p_expected + e.n, e.type, e.payload, e.hash
  FROM unnest(p_types, p_payloads, p_hashes) WITH ORDINALITY AS e (type, payload, hash, n);

  IF p_boards <> '[]' THEN
    INSERT INTO boards (id, run_id, platform, channel, thread, locale)
    SELECT b->>'id', p_run, b->>'platform', b->>'channel', b->>'thread', b->>'locale' FROM jsonb_array_elements(p_boards) AS b
    ON CONFLICT DO NOTHING;
  END IF;

  IF p_messages <> '[]' THEN
    INSERT INTO messages (id, run_id, payload)
    SELECT m->>'key', m->>'run', m FROM jsonb_array_elements(p_messages) AS m
    ON CONFLICT DO NOTHING;
    INSERT INTO outbox (key, wakeup)
    SELECT 'message:' || (m->>'key'), jsonb_build_object('queue', 'chat', 'do', 'message', 'id', m->>'key') FROM jsonb_array_elements(p_messages) AS m
    ON CONFLICT DO NOTHING;
  END IF;

  IF p_wake <> '[]' THEN
    INSERT INTO outbox (key, wakeup)
    SELECT concat_ws(':', w->>'do', w->>'id'), w FROM jsonb_array_elements(p_wake) AS w
    ON CONFLICT DO NOTHING;
  END IF;

  -- A progress edit may wait a little for the next one; what people must see may not.
  INSERT INTO outbox (key, wakeup, due_at)
  SELECT 'board:' || id, jsonb_build_object('queue', 'chat', 'do', 'board', 'id', id), clock_timestamp() + CASE WHEN p_urgent THEN interval '0' ELSE interval '300 milliseconds' END
  FROM boards WHERE run_id = p_run ORDER BY id
  ON CONFLICT (key) DO UPDATE SET due_at = least(outbox.due_at, excluded.due_at) WHERE excluded.due_at < outbox.due_at;

  RETURN 'appended';
END $$;
