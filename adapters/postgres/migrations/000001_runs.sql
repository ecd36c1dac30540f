-- The record. Events are append-only; everything else can be rebuilt from them or is transient.

CREATE TABLE deliveries (
  id           text PRIMARY KEY,
  platform     text NOT NULL,
  payload      jsonb NOT NULL,
  received_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  processed_at timestamptz,
  outcome      text
);
CREATE INDEX deliveries_pending ON deliveries (received_at) WHERE processed_at IS NULL;

-- Time-based codes that have been used: one code is one word. Kept for as long as a code could still be accepted.
CREATE TABLE used_codes (
  person      text NOT NULL,
  code        text NOT NULL,
  delivery_id text NOT NULL,
  used_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (person, code)
);

CREATE TABLE runs (
  id               text PRIMARY KEY,
  target           text NOT NULL,
  kind             text NOT NULL,
  title            text NOT NULL,
  phase            text NOT NULL,
  outcome          text,
  version          integer NOT NULL,
  -- SHA-256 of the last event, which covers the hash before it: the head of the run's chain.
  head             bytea NOT NULL,
  wake_at          timestamptz,
  lease_owner      text,
  lease_token      bigint,
  lease_expires_at timestamptz,
  requested_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX runs_due ON runs (wake_at) WHERE phase <> 'ended' AND wake_at IS NOT NULL;
CREATE INDEX runs_live ON runs (target) WHERE phase <> 'ended';
CREATE INDEX runs_recent ON runs (target, requested_at DESC);
CREATE INDEX runs_leased ON runs (lease_owner) WHERE lease_owner IS NOT NULL;

CREATE TABLE events (
  run_id      text NOT NULL REFERENCES runs (id),
  version     integer NOT NULL,
  type        text NOT NULL,
  -- text, not jsonb: jsonb rewrites keys, and the hash is over these very bytes.
  payload     text NOT NULL,
  hash        bytea NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (run_id, version)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'events are append-only';
END $$;
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE locks (
  target   text PRIMARY KEY,
  run_id   text NOT NULL,
  taken_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The last lease token handed out for a target. It only ever counts up.
CREATE TABLE lease_tokens (
  target text PRIMARY KEY,
  last   bigint NOT NULL
);

CREATE TABLE workers (
  id            text PRIMARY KEY,
  identity      jsonb NOT NULL,
  registered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen_at       timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE outbox (
  id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- What is to be woken; while a row waits, the same wake-up need not be stored again.
  key    text NOT NULL UNIQUE,
  wakeup jsonb NOT NULL,
  due_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX outbox_due ON outbox (due_at, id);
