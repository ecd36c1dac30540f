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
  PERFORM FROM runs AS r WHERE r.id = ANY (p_runs) ORDER BY r.id FOR UPDATE;

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
