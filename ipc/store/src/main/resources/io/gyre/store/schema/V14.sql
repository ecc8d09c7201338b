-- Version 14: webhooks.

-- Writer: api. Who is told of events, and how far: seen is the number of the last event that is delivered, dead or not
-- wanted. Namespace '': of the whole host. Its key is the sealed value of purpose webhook whose name is the uid.
CREATE TABLE webhook (
  namespace    TEXT    NOT NULL,
  name         TEXT    NOT NULL,
  uid          TEXT    NOT NULL UNIQUE,
  url          TEXT    NOT NULL,
  events_json  TEXT    NOT NULL,
  level        TEXT    NOT NULL,
  created_at   INTEGER NOT NULL,
  actor        TEXT    NOT NULL,
  correlation  TEXT    NOT NULL,
  seen         INTEGER NOT NULL,
  delivered    INTEGER NOT NULL,
  lost         INTEGER NOT NULL,
  dead         INTEGER NOT NULL,
  tries        INTEGER NOT NULL,
  failures     INTEGER NOT NULL,
  next_at      INTEGER,
  delivered_at INTEGER,
  error        TEXT    NOT NULL,
  PRIMARY KEY (namespace, name)
) STRICT;

-- Writer: api. What was given up, the newest 100 of a webhook; body is what was to be sent.
CREATE TABLE webhook_dead (
  uid       TEXT    NOT NULL REFERENCES webhook (uid) ON DELETE CASCADE,
  seq       INTEGER NOT NULL,
  reason    TEXT    NOT NULL,
  body      TEXT    NOT NULL,
  failed_at INTEGER NOT NULL,
  tries     INTEGER NOT NULL,
  error     TEXT    NOT NULL,
  PRIMARY KEY (uid, seq)
) STRICT;
