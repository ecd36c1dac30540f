-- The catalogue of backups: what steps took (stored with their receipts) and what people registered.

CREATE TABLE backups (
  id            text PRIMARY KEY,
  target        text NOT NULL,
  -- Null where the server did not let planb read it.
  system        text,
  database      text NOT NULL,
  oid           bigint,
  release       text,
  machine       text NOT NULL,
  folder        text NOT NULL,
  format        text NOT NULL CHECK (format IN ('directory', 'custom')),
  bytes         bigint NOT NULL,
  sha256        text NOT NULL,
  server        text NOT NULL,
  pg_dump       text NOT NULL,
  taken_at      timestamptz NOT NULL,
  tables        integer,
  rows          bigint,
  proof         text NOT NULL CHECK (proof IN ('proven', 'not-provable', 'not-proven')),
  proven_at     timestamptz,
  -- The throwaway server's version, or why it cannot be proven.
  proof_note    text,
  -- Null: registered by hand, and never taken away by planb.
  run_id        text,
  step          text,
  state         text NOT NULL DEFAULT 'kept' CHECK (state IN ('kept', 'missing', 'deleting', 'deleted')),
  -- When its line was written to ops/backups.log.
  logged_at     timestamptz,
  deleted_at    timestamptz,
  recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX backups_of ON backups (target, taken_at DESC) WHERE state IN ('kept', 'missing');
CREATE INDEX backups_on ON backups (machine) WHERE state <> 'deleted';
CREATE INDEX backups_unlogged ON backups (machine) WHERE logged_at IS NULL AND run_id IS NOT NULL;
