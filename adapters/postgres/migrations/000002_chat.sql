-- What the channels show, and what still has to be said.

CREATE TABLE boards (
  id            text PRIMARY KEY,
  run_id        text NOT NULL REFERENCES runs (id),
  platform      text NOT NULL,
  channel       text NOT NULL,
  thread        text,
  locale        text NOT NULL,
  message       text,
  shown_version integer NOT NULL DEFAULT 0,
  shown_hash    text,
  claimed_until timestamptz,
  shown_at      timestamptz
);
CREATE INDEX boards_of_run ON boards (run_id);
CREATE INDEX boards_by_message ON boards (platform, channel, message);

CREATE TABLE messages (
  id            text PRIMARY KEY,
  run_id        text,
  payload       jsonb NOT NULL,
  created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  claimed_until timestamptz,
  sent_at       timestamptz,
  platform      text,
  channel       text,
  message       text,
  failed        text,
  attempts      integer NOT NULL DEFAULT 0
);
CREATE INDEX messages_unsent ON messages (created_at) WHERE sent_at IS NULL;
CREATE INDEX messages_by_message ON messages (platform, channel, message) WHERE message IS NOT NULL;

CREATE TABLE moved_chats (
  platform text NOT NULL,
  old_id   text NOT NULL,
  new_id   text NOT NULL,
  PRIMARY KEY (platform, old_id)
);

CREATE TABLE buttons (
  id      text PRIMARY KEY,
  run_id  text NOT NULL REFERENCES runs (id),
  meaning jsonb NOT NULL
);

-- One row: what the keys of the pages' links are made with, so that every process makes the same.
CREATE TABLE page_secret (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  secret   bytea NOT NULL DEFAULT decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex')
);
INSERT INTO page_secret DEFAULT VALUES;
