-- Version 10: sealed values and secrets.

-- Writer: api. Values that nobody may read in this file, each an envelope of ipc/vault under the key kek_id. Rows are too
-- long for a table WITHOUT ROWID.
CREATE TABLE sealed_value (
  purpose   TEXT    NOT NULL,
  namespace TEXT    NOT NULL,
  name      TEXT    NOT NULL,
  version   INTEGER NOT NULL,
  sealed    BLOB    NOT NULL,
  kek_id    TEXT    NOT NULL,
  PRIMARY KEY (purpose, namespace, name, version)
) STRICT;

CREATE INDEX sealed_value_by_kek ON sealed_value (kek_id);

-- Writer: api. The version is its newest one.
CREATE TABLE secret (
  namespace  TEXT    NOT NULL REFERENCES namespace (name),
  name       TEXT    NOT NULL,
  version    INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (namespace, name)
) STRICT, WITHOUT ROWID;

-- Writer: api. Immutable; the newest 10 of a secret, and those that a kept revision uses. Its entries are the sealed
-- value of purpose secret, that name and version.
CREATE TABLE secret_version (
  namespace   TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  version     INTEGER NOT NULL,
  keys_json   TEXT    NOT NULL,
  digest      TEXT    NOT NULL,
  created_at  INTEGER NOT NULL,
  correlation TEXT    NOT NULL,
  actor       TEXT    NOT NULL,
  PRIMARY KEY (namespace, name, version)
) STRICT, WITHOUT ROWID;
