-- Version 5: what instances use, and scaling by it.

-- Writer: reconciler. The last of each instance that exists; what the counters came to.
CREATE TABLE instance_usage (
  instance            TEXT    NOT NULL PRIMARY KEY,
  namespace           TEXT    NOT NULL,
  deployment          TEXT    NOT NULL,
  at                  INTEGER NOT NULL,
  origin              INTEGER NOT NULL,
  raw_cpu_nanos       INTEGER NOT NULL,
  raw_received        INTEGER,
  raw_sent            INTEGER,
  memory_bytes        INTEGER NOT NULL,
  cpu_nanos           INTEGER NOT NULL,
  received            INTEGER,
  sent                INTEGER,
  cpu_millis          INTEGER,
  received_per_second INTEGER,
  sent_per_second     INTEGER
) STRICT, WITHOUT ROWID;

-- Writer: reconciler. The last hour in full, and averages of five minutes of the last day; swept by
-- age and number with every write. A subject is an instance's id, or namespace/name of a deployment.
CREATE TABLE usage_point (
  coarse              INTEGER NOT NULL CHECK (coarse IN (0, 1)),
  at                  INTEGER NOT NULL,
  subject             TEXT    NOT NULL,
  cpu_millis          INTEGER NOT NULL,
  memory_bytes        INTEGER NOT NULL,
  received_per_second INTEGER,
  sent_per_second     INTEGER,
  instances           INTEGER NOT NULL,
  PRIMARY KEY (coarse, at, subject)
) STRICT, WITHOUT ROWID;

-- Writer: api. A deployment without a row here isn't scaled by its load.
CREATE TABLE autoscale (
  namespace   TEXT NOT NULL,
  name        TEXT NOT NULL,
  policy_json TEXT NOT NULL,
  PRIMARY KEY (namespace, name),
  FOREIGN KEY (namespace, name) REFERENCES deployment (namespace, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Writer: reconciler. What it was about to decide, and what it decided last; a row goes with its
-- deployment.
CREATE TABLE autoscale_state (
  namespace  TEXT NOT NULL,
  name       TEXT NOT NULL,
  uid        TEXT NOT NULL,
  state_json TEXT NOT NULL,
  PRIMARY KEY (namespace, name)
) STRICT, WITHOUT ROWID;
