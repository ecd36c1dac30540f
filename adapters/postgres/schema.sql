CREATE FUNCTION public.acquire_lease(p_run text, p_worker text, p_ttl_ms double precision) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.append_events(p_run text, p_expected integer, p_head bytea, p_token bigint, p_types text[], p_payloads text[], p_hashes bytea[], p_target text, p_kind text, p_title text, p_phase text, p_outcome text, p_wake_at double precision, p_lock text, p_delivery text, p_delivery_outcome text, p_wake jsonb, p_boards jsonb, p_messages jsonb, p_urgent boolean) RETURNS text
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.append_many(p_runs text[], p_expected integer[], p_heads bytea[], p_tokens bigint[], p_versions integer[], p_new_heads bytea[], p_phases text[], p_outcomes text[], p_wake_at double precision[], p_titles text[], p_urgent boolean[], p_event_runs text[], p_event_versions integer[], p_types text[], p_payloads text[], p_hashes bytea[], p_boards jsonb) RETURNS TABLE(run text, status text)
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.keep_outage() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF NEW.outage_from IS NOT NULL THEN
    INSERT INTO outages AS o (target, began_at, ended_at, saw) VALUES (NEW.target, NEW.outage_from, NEW.outage_until, NEW.saw)
    ON CONFLICT (target, began_at) DO UPDATE SET ended_at = excluded.ended_at WHERE o.ended_at IS DISTINCT FROM excluded.ended_at;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION 'events are append-only';
END $$;

CREATE FUNCTION public.start_watch(p_watch jsonb) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
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

CREATE TABLE public.backups (
    id text NOT NULL,
    target text NOT NULL,
    system text,
    database text NOT NULL,
    oid bigint,
    release text,
    machine text NOT NULL,
    folder text NOT NULL,
    format text NOT NULL,
    bytes bigint NOT NULL,
    sha256 text NOT NULL,
    server text NOT NULL,
    pg_dump text NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    tables integer,
    rows bigint,
    proof text NOT NULL,
    proven_at timestamp with time zone,
    proof_note text,
    run_id text,
    step text,
    state text DEFAULT 'kept'::text NOT NULL,
    logged_at timestamp with time zone,
    deleted_at timestamp with time zone,
    recorded_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT backups_format_check CHECK ((format = ANY (ARRAY['directory'::text, 'custom'::text]))),
    CONSTRAINT backups_proof_check CHECK ((proof = ANY (ARRAY['proven'::text, 'not-provable'::text, 'not-proven'::text]))),
    CONSTRAINT backups_state_check CHECK ((state = ANY (ARRAY['kept'::text, 'missing'::text, 'deleting'::text, 'deleted'::text])))
);

CREATE TABLE public.boards (
    id text NOT NULL,
    run_id text NOT NULL,
    platform text NOT NULL,
    channel text NOT NULL,
    thread text,
    locale text NOT NULL,
    message text,
    shown_version integer DEFAULT 0 NOT NULL,
    shown_hash text,
    claimed_until timestamp with time zone,
    shown_at timestamp with time zone
);

CREATE TABLE public.buttons (
    id text NOT NULL,
    run_id text NOT NULL,
    meaning jsonb NOT NULL
);

CREATE TABLE public.concerns_told (
    place text NOT NULL,
    since timestamp with time zone NOT NULL,
    concerns text[] NOT NULL
);

CREATE TABLE public.deliveries (
    id text NOT NULL,
    platform text NOT NULL,
    payload jsonb NOT NULL,
    received_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    processed_at timestamp with time zone,
    outcome text
);

CREATE TABLE public.events (
    run_id text NOT NULL,
    version integer NOT NULL,
    type text NOT NULL,
    payload text NOT NULL,
    hash bytea NOT NULL
);

CREATE TABLE public.held_targets (
    target text NOT NULL,
    line text NOT NULL
);

CREATE TABLE public.lease_tokens (
    target text NOT NULL,
    last bigint NOT NULL
);

CREATE TABLE public.locks (
    target text NOT NULL,
    run_id text NOT NULL,
    taken_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE public.messages (
    id text NOT NULL,
    run_id text,
    payload jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    claimed_until timestamp with time zone,
    sent_at timestamp with time zone,
    platform text,
    channel text,
    message text,
    failed text,
    attempts integer DEFAULT 0 NOT NULL
);

CREATE TABLE public.migrations (
    name text NOT NULL,
    applied_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE public.moved_chats (
    platform text NOT NULL,
    old_id text NOT NULL,
    new_id text NOT NULL
);

CREATE TABLE public.observed_releases (
    target text NOT NULL,
    name text NOT NULL,
    digest text DEFAULT ''::text NOT NULL,
    moving boolean DEFAULT false NOT NULL,
    bad boolean DEFAULT false NOT NULL,
    first_seen timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    last_seen timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE public.outages (
    target text NOT NULL,
    began_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    saw text NOT NULL
);

CREATE TABLE public.outbox (
    id bigint NOT NULL,
    key text NOT NULL,
    wakeup jsonb NOT NULL,
    due_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE public.outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.page_secret (
    only_row boolean DEFAULT true NOT NULL,
    secret bytea DEFAULT decode(replace(((gen_random_uuid())::text || (gen_random_uuid())::text), '-'::text, ''::text), 'hex'::text) NOT NULL,
    CONSTRAINT page_secret_only_row_check CHECK (only_row)
);

CREATE TABLE public.preflights (
    run_id text NOT NULL,
    step text NOT NULL,
    target text NOT NULL,
    release text NOT NULL,
    digest text DEFAULT ''::text NOT NULL,
    moving boolean DEFAULT false NOT NULL,
    git_commit text,
    health jsonb NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE public.progress (
    run_id text NOT NULL,
    step text NOT NULL,
    line text NOT NULL
);

CREATE TABLE public.runs (
    id text NOT NULL,
    target text NOT NULL,
    kind text NOT NULL,
    title text NOT NULL,
    phase text NOT NULL,
    outcome text,
    version integer NOT NULL,
    head bytea NOT NULL,
    wake_at timestamp with time zone,
    lease_owner text,
    lease_token bigint,
    lease_expires_at timestamp with time zone,
    requested_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    at_rest_since timestamp with time zone GENERATED ALWAYS AS (
CASE
    WHEN (phase = 'ended'::text) THEN updated_at
    ELSE NULL::timestamp with time zone
END) STORED
)
WITH (fillfactor='50');

CREATE TABLE public.step_logs (
    id bigint NOT NULL,
    run_id text NOT NULL,
    step text NOT NULL,
    attempt integer NOT NULL,
    lines text NOT NULL
);

ALTER TABLE public.step_logs ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.step_logs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.target_health (
    target text NOT NULL,
    up boolean NOT NULL,
    saw text NOT NULL,
    since timestamp with time zone NOT NULL,
    read_at timestamp with time zone NOT NULL,
    outage_from timestamp with time zone,
    outage_until timestamp with time zone
);

CREATE TABLE public.used_codes (
    person text NOT NULL,
    code text NOT NULL,
    delivery_id text NOT NULL,
    used_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

CREATE TABLE public.watch_rules (
    run_id text NOT NULL,
    name text NOT NULL,
    state jsonb DEFAULT '{"held": 0, "brief": 0, "longestMs": 0}'::jsonb NOT NULL,
    next_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    claimed_until timestamp with time zone,
    token bigint DEFAULT 0 NOT NULL
);

CREATE TABLE public.watches (
    run_id text NOT NULL,
    target text NOT NULL,
    kind text NOT NULL,
    from_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    until_at timestamp with time zone NOT NULL,
    keep_until timestamp with time zone,
    phase text DEFAULT 'watching'::text NOT NULL,
    ended text,
    next_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT watches_ended_check CHECK ((ended = ANY (ARRAY['time'::text, 'replaced'::text, 'removed'::text, 'done'::text]))),
    CONSTRAINT watches_phase_check CHECK ((phase = ANY (ARRAY['watching'::text, 'keeping'::text, 'over'::text])))
);

CREATE TABLE public.workers (
    id text NOT NULL,
    identity jsonb NOT NULL,
    registered_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    seen_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL
);

ALTER TABLE ONLY public.backups
    ADD CONSTRAINT backups_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.boards
    ADD CONSTRAINT boards_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.buttons
    ADD CONSTRAINT buttons_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.concerns_told
    ADD CONSTRAINT concerns_told_pkey PRIMARY KEY (place, since);

ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (run_id, version);

ALTER TABLE ONLY public.held_targets
    ADD CONSTRAINT held_targets_pkey PRIMARY KEY (target);

ALTER TABLE ONLY public.lease_tokens
    ADD CONSTRAINT lease_tokens_pkey PRIMARY KEY (target);

ALTER TABLE ONLY public.locks
    ADD CONSTRAINT locks_pkey PRIMARY KEY (target);

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.migrations
    ADD CONSTRAINT migrations_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.moved_chats
    ADD CONSTRAINT moved_chats_pkey PRIMARY KEY (platform, old_id);

ALTER TABLE ONLY public.observed_releases
    ADD CONSTRAINT observed_releases_pkey PRIMARY KEY (target, name, digest);

ALTER TABLE ONLY public.outages
    ADD CONSTRAINT outages_pkey PRIMARY KEY (target, began_at);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_key_key UNIQUE (key);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.page_secret
    ADD CONSTRAINT page_secret_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.preflights
    ADD CONSTRAINT preflights_pkey PRIMARY KEY (run_id, step);

ALTER TABLE ONLY public.progress
    ADD CONSTRAINT progress_pkey PRIMARY KEY (run_id, step);

ALTER TABLE ONLY public.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.step_logs
    ADD CONSTRAINT step_logs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.target_health
    ADD CONSTRAINT target_health_pkey PRIMARY KEY (target);

ALTER TABLE ONLY public.used_codes
    ADD CONSTRAINT used_codes_pkey PRIMARY KEY (person, code);

ALTER TABLE ONLY public.watch_rules
    ADD CONSTRAINT watch_rules_pkey PRIMARY KEY (run_id, name);

ALTER TABLE ONLY public.watches
    ADD CONSTRAINT watches_pkey PRIMARY KEY (run_id);

ALTER TABLE ONLY public.workers
    ADD CONSTRAINT workers_pkey PRIMARY KEY (id);

CREATE INDEX backups_of ON public.backups USING btree (target, taken_at DESC) WHERE (state = ANY (ARRAY['kept'::text, 'missing'::text]));

CREATE INDEX backups_on ON public.backups USING btree (machine) WHERE (state <> 'deleted'::text);

CREATE INDEX backups_unlogged ON public.backups USING btree (machine) WHERE ((logged_at IS NULL) AND (run_id IS NOT NULL));

CREATE INDEX boards_by_message ON public.boards USING btree (platform, channel, message);

CREATE INDEX boards_of_run ON public.boards USING btree (run_id);

CREATE INDEX deliveries_pending ON public.deliveries USING btree (received_at) WHERE (processed_at IS NULL);

CREATE INDEX messages_by_message ON public.messages USING btree (platform, channel, message) WHERE (message IS NOT NULL);

CREATE INDEX messages_unsent ON public.messages USING btree (created_at) WHERE (sent_at IS NULL);

CREATE INDEX outbox_due ON public.outbox USING btree (due_at, id);

CREATE INDEX preflights_of ON public.preflights USING btree (target, recorded_at DESC);

CREATE INDEX runs_at_rest ON public.runs USING btree (at_rest_since) WHERE (at_rest_since IS NOT NULL);

CREATE INDEX runs_due ON public.runs USING btree (wake_at) WHERE ((phase <> 'ended'::text) AND (wake_at IS NOT NULL));

CREATE INDEX runs_leased ON public.runs USING btree (lease_owner) WHERE (lease_owner IS NOT NULL);

CREATE INDEX runs_live ON public.runs USING btree (target) WHERE (phase <> 'ended'::text);

CREATE INDEX runs_newest ON public.runs USING btree (requested_at DESC);

CREATE INDEX runs_recent ON public.runs USING btree (target, requested_at DESC);

CREATE INDEX step_logs_of ON public.step_logs USING btree (run_id, step, attempt, id);

CREATE INDEX watch_rules_due ON public.watch_rules USING btree (next_at);

CREATE INDEX watches_due ON public.watches USING btree (next_at) WHERE (next_at IS NOT NULL);

CREATE INDEX watches_live ON public.watches USING btree (target) WHERE (phase <> 'over'::text);

CREATE TRIGGER events_append_only BEFORE DELETE OR UPDATE ON public.events FOR EACH ROW EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON public.events FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER keep_outage AFTER INSERT OR UPDATE OF outage_from, outage_until ON public.target_health FOR EACH ROW EXECUTE FUNCTION public.keep_outage();

ALTER TABLE ONLY public.boards
    ADD CONSTRAINT boards_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.runs(id);

ALTER TABLE ONLY public.buttons
    ADD CONSTRAINT buttons_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.runs(id);

ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.runs(id);

ALTER TABLE ONLY public.watch_rules
    ADD CONSTRAINT watch_rules_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.watches(run_id);
