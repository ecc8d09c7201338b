-- Version 2: plugin jars.

-- Writer: reconciler. What the runtime host reported last.
CREATE TABLE plugin (
  file        TEXT    NOT NULL PRIMARY KEY,
  id          TEXT    NOT NULL,
  version     TEXT    NOT NULL,
  runtime     TEXT    NOT NULL,
  state       TEXT    NOT NULL,
  sha256      TEXT    NOT NULL,
  signed_by   TEXT,
  rollback_to TEXT,
  message     TEXT,
  since       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
