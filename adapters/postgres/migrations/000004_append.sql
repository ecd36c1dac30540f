-- One round trip for everything that an append must do together. Returns what happened; raises PLB01 (locked) or PLB02 (delivery processed) so that
-- nothing of a refused append stays.

CREATE FUNCTION append_events(
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
  FROM boards WHERE run_id = p_run
  ON CONFLICT (key) DO UPDATE SET due_at = least(outbox.due_at, excluded.due_at) WHERE excluded.due_at < outbox.due_at;

  RETURN 'appended';
END $$;

-- Ownership of a run: its token is the next of the run's target, so that whoever owned any run of the target before is recognised as outdated.
CREATE FUNCTION acquire_lease(p_run text, p_worker text, p_ttl_ms double precision) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_target text;
  v_token bigint;
BEGIN
  SELECT target INTO v_target FROM runs
  WHERE id = p_run AND phase <> 'ended' AND (lease_owner IS NULL OR lease_expires_at <= clock_timestamp())
  FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN RETURN NULL; END IF;
  INSERT INTO lease_tokens (target, last) VALUES (v_target, 1)
  ON CONFLICT (target) DO UPDATE SET last = lease_tokens.last + 1 RETURNING last INTO v_token;
  UPDATE runs SET lease_owner = p_worker, lease_token = v_token, lease_expires_at = clock_timestamp() + p_ttl_ms * interval '1 millisecond' WHERE id = p_run;
  RETURN v_token;
END $$;
