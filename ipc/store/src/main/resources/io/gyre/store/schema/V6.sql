-- Version 6: health and conditions.

-- Writer: api. Why the deployment is to stand still; null: it is to run.
ALTER TABLE deployment ADD COLUMN halt_reason TEXT;

ALTER TABLE deployment ADD COLUMN halt_message TEXT;

-- Writer: reconciler. A deployment that a health check stopped, until the API has heard of it.
CREATE TABLE halt (
  namespace  TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  uid        TEXT    NOT NULL,
  generation INTEGER NOT NULL,
  instance   TEXT    NOT NULL,
  message    TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (namespace, name)
) STRICT, WITHOUT ROWID;

-- Writer: reconciler. The checks of instances and their last answers; those of instances that are
-- gone are swept by age and number.
CREATE TABLE probe (
  instance     TEXT    NOT NULL,
  idx          INTEGER NOT NULL,
  namespace    TEXT    NOT NULL,
  deployment   TEXT    NOT NULL,
  what         TEXT    NOT NULL,
  role         TEXT    NOT NULL,
  run          INTEGER,
  state        TEXT    NOT NULL,
  since        INTEGER NOT NULL,
  answers_json TEXT    NOT NULL,
  updated_at   INTEGER NOT NULL,
  PRIMARY KEY (instance, idx)
) STRICT;

CREATE INDEX probe_by_deployment ON probe (namespace, deployment, instance, idx);

-- Writer: reconciler. Restarts that health checks asked for; a row goes with its instance.
CREATE TABLE health_restart (
  instance  TEXT    NOT NULL PRIMARY KEY,
  restarts  INTEGER NOT NULL,
  in_row    INTEGER NOT NULL,
  run       INTEGER,
  due_at    INTEGER,
  commanded INTEGER NOT NULL CHECK (commanded IN (0, 1)),
  message   TEXT
) STRICT, WITHOUT ROWID;

-- Writer: reconciler. Of a deployment (instance is empty), or of one of its instances.
CREATE TABLE condition (
  namespace       TEXT NOT NULL,
  deployment      TEXT NOT NULL,
  instance        TEXT NOT NULL,
  conditions_json TEXT NOT NULL,
  PRIMARY KEY (instance, namespace, deployment)
) STRICT, WITHOUT ROWID;
