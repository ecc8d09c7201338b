-- Version 8: users, what they may do, their tokens and sessions.

-- Writer: api. The password is the text of an Argon2id hash; null: none, so nobody logs in with one.
CREATE TABLE user (
  name          TEXT    NOT NULL PRIMARY KEY,
  password      TEXT,
  grants_json   TEXT    NOT NULL,
  created_at    INTEGER NOT NULL,
  last_login_at INTEGER
) STRICT, WITHOUT ROWID;

-- Writer: api. Rules under a name, to be granted like a role.
CREATE TABLE policy (
  name       TEXT    NOT NULL PRIMARY KEY,
  rules_json TEXT    NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A token without an owner is as good as its role. The hash before the last rotation counts until previous_until.
ALTER TABLE token ADD COLUMN owner TEXT REFERENCES user (name) ON DELETE CASCADE;

ALTER TABLE token ADD COLUMN scopes_json TEXT NOT NULL DEFAULT '["*:*"]';

ALTER TABLE token ADD COLUMN namespaces_json TEXT NOT NULL DEFAULT '["*"]';

ALTER TABLE token ADD COLUMN created_by TEXT NOT NULL DEFAULT '';

ALTER TABLE token ADD COLUMN last_used_at INTEGER;

ALTER TABLE token ADD COLUMN previous_sha256 TEXT;

ALTER TABLE token ADD COLUMN previous_until INTEGER;

CREATE UNIQUE INDEX token_by_previous ON token (previous_sha256) WHERE previous_sha256 IS NOT NULL;

CREATE INDEX token_by_owner ON token (owner) WHERE owner IS NOT NULL;

-- Writer: api. Known by hashes, too; swept at logins.
CREATE TABLE session (
  sha256       TEXT    NOT NULL PRIMARY KEY,
  user         TEXT    NOT NULL REFERENCES user (name) ON DELETE CASCADE,
  address      TEXT    NOT NULL,
  created_at   INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX session_by_user ON session (user, last_used_at);

-- Writer: api. Failed logins in a row, by user (known or not) and by address; bounded by age and number.
CREATE TABLE login_failure (
  kind         TEXT    NOT NULL,
  subject      TEXT    NOT NULL,
  failures     INTEGER NOT NULL,
  last_at      INTEGER NOT NULL,
  locked_until INTEGER NOT NULL,
  PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;

CREATE INDEX login_failure_by_age ON login_failure (kind, last_at);
