-- Version 1.
--
-- Every table has exactly one writing process, named above it. Times are milliseconds since the
-- epoch, truth values 0 or 1, columns named *_json hold JSON text.
-- A statement ends with a semicolon at the end of a line, and nowhere else is there one.

PRAGMA application_id = 1736012389;

-- Writer: whoever migrates. Which version came when, and by whom.
CREATE TABLE migration (
  version    INTEGER NOT NULL PRIMARY KEY,
  applied_at INTEGER NOT NULL,
  component  TEXT    NOT NULL
) STRICT;

-- Writer: api.
CREATE TABLE namespace (
  name       TEXT    NOT NULL PRIMARY KEY,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Writer: api. Immutable; at most the newest 20 of a deployment, the current one, and those that
-- instances still run. Specs are too long for a table WITHOUT ROWID.
CREATE TABLE revision (
  namespace   TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  revision    INTEGER NOT NULL,
  spec_hash   TEXT    NOT NULL,
  spec_json   TEXT    NOT NULL,
  created_at  INTEGER NOT NULL,
  correlation TEXT    NOT NULL,
  actor       TEXT    NOT NULL,
  PRIMARY KEY (namespace, name, revision)
) STRICT;

-- Writer: api. Its spec is that of its revision.
CREATE TABLE deployment (
  namespace     TEXT    NOT NULL REFERENCES namespace (name),
  name          TEXT    NOT NULL,
  uid           TEXT    NOT NULL,
  generation    INTEGER NOT NULL,
  revision      INTEGER NOT NULL,
  replicas      INTEGER NOT NULL CHECK (replicas >= 0),
  restart_nonce INTEGER NOT NULL,
  deleted       INTEGER NOT NULL CHECK (deleted IN (0, 1)),
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  correlation   TEXT    NOT NULL,
  PRIMARY KEY (namespace, name),
  FOREIGN KEY (namespace, name, revision) REFERENCES revision (namespace, name, revision)
) STRICT, WITHOUT ROWID;

-- Writer: api.
CREATE TABLE config (
  namespace    TEXT    NOT NULL REFERENCES namespace (name) ON DELETE CASCADE,
  name         TEXT    NOT NULL,
  entries_json TEXT    NOT NULL,
  labels_json  TEXT    NOT NULL,
  updated_at   INTEGER NOT NULL,
  PRIMARY KEY (namespace, name)
) STRICT;

-- Writer: api. Who asked for what; swept by age and number.
CREATE TABLE change (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  at          INTEGER NOT NULL,
  actor       TEXT    NOT NULL,
  verb        TEXT    NOT NULL,
  namespace   TEXT,
  name        TEXT,
  generation  INTEGER NOT NULL,
  detail      TEXT    NOT NULL,
  correlation TEXT    NOT NULL
) STRICT;

CREATE INDEX change_by_deployment ON change (namespace, name, seq);

CREATE INDEX change_by_correlation ON change (correlation, seq);

-- Writer: api. Only hashes of tokens.
CREATE TABLE token (
  id         TEXT    NOT NULL PRIMARY KEY,
  name       TEXT    NOT NULL,
  sha256     TEXT    NOT NULL UNIQUE,
  role       TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER
) STRICT, WITHOUT ROWID;

-- Writer: reconciler.
CREATE TABLE instance (
  id              TEXT    NOT NULL PRIMARY KEY,
  namespace       TEXT    NOT NULL,
  deployment      TEXT    NOT NULL,
  revision        INTEGER NOT NULL,
  ordinal         INTEGER NOT NULL,
  runtime         TEXT    NOT NULL,
  removing        INTEGER NOT NULL CHECK (removing IN (0, 1)),
  state           TEXT    NOT NULL,
  ready           INTEGER NOT NULL CHECK (ready IN (0, 1)),
  pid             INTEGER,
  handle          TEXT,
  address         TEXT,
  ports_json      TEXT    NOT NULL,
  restarts        INTEGER NOT NULL,
  restart_nonce   INTEGER NOT NULL,
  created_at      INTEGER NOT NULL,
  started_at      INTEGER,
  next_start_at   INTEGER,
  exit_code       INTEGER,
  exit_at         INTEGER,
  exit_lines_json TEXT,
  reason          TEXT,
  message         TEXT,
  correlation     TEXT    NOT NULL,
  updated_at      INTEGER NOT NULL
) STRICT;

CREATE INDEX instance_by_deployment ON instance (namespace, deployment, id);

-- Writer: reconciler.
CREATE TABLE deployment_status (
  namespace           TEXT    NOT NULL,
  name                TEXT    NOT NULL,
  observed_generation INTEGER NOT NULL,
  phase               TEXT    NOT NULL,
  ready               INTEGER NOT NULL,
  total               INTEGER NOT NULL,
  reason              TEXT,
  message             TEXT,
  since               INTEGER NOT NULL,
  updated_at          INTEGER NOT NULL,
  PRIMARY KEY (namespace, name)
) STRICT, WITHOUT ROWID;

-- Writer: reconciler. The order of all events of the host; swept by age and number.
CREATE TABLE event (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  at          INTEGER NOT NULL,
  level       TEXT    NOT NULL,
  namespace   TEXT,
  deployment  TEXT,
  instance    TEXT,
  reason      TEXT    NOT NULL,
  message     TEXT    NOT NULL,
  correlation TEXT    NOT NULL
) STRICT;

CREATE INDEX event_by_deployment ON event (namespace, deployment, seq);

CREATE INDEX event_by_instance ON event (instance, seq) WHERE instance IS NOT NULL;

CREATE INDEX event_by_correlation ON event (correlation, seq);

-- Writer: reconciler. What the runtime host reported last.
CREATE TABLE runtime (
  name              TEXT    NOT NULL PRIMARY KEY,
  version           TEXT    NOT NULL,
  state             TEXT    NOT NULL,
  message           TEXT,
  capabilities_json TEXT    NOT NULL,
  source            TEXT    NOT NULL,
  since             INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Writer: reconciler. One row; synced is the newest epoch known to be on the disk.
CREATE TABLE fencing (
  id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
  epoch  INTEGER NOT NULL,
  synced INTEGER NOT NULL
) STRICT;

INSERT INTO fencing (id, epoch, synced) VALUES (1, 0, 0);
