-- Version 4: jobs.

-- Writer: api. How a job runs; empty for a worker.
ALTER TABLE deployment ADD COLUMN job_json TEXT NOT NULL DEFAULT '';

-- Writer: api. What users ask of jobs; rows that were answered go with the next request.
CREATE TABLE job_request (
  seq         INTEGER PRIMARY KEY AUTOINCREMENT,
  namespace   TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  uid         TEXT    NOT NULL,
  kind        TEXT    NOT NULL,
  run         INTEGER NOT NULL,
  actor       TEXT    NOT NULL,
  at          INTEGER NOT NULL,
  correlation TEXT    NOT NULL
) STRICT;

CREATE INDEX job_request_by_deployment ON job_request (namespace, name, seq);

-- Writer: reconciler. How far the runs of a job are decided.
CREATE TABLE job (
  namespace     TEXT    NOT NULL,
  name          TEXT    NOT NULL,
  uid           TEXT    NOT NULL,
  last_run      INTEGER NOT NULL,
  revision      INTEGER NOT NULL,
  request       INTEGER NOT NULL,
  schedule      TEXT    NOT NULL,
  decided_until INTEGER,
  PRIMARY KEY (namespace, name)
) STRICT, WITHOUT ROWID;

-- Writer: reconciler. The newest runs of a job, as many as it keeps, and those under way.
CREATE TABLE job_run (
  namespace    TEXT    NOT NULL,
  name         TEXT    NOT NULL,
  number       INTEGER NOT NULL,
  uid          TEXT    NOT NULL,
  revision     INTEGER NOT NULL,
  started_by   TEXT    NOT NULL,
  actor        TEXT    NOT NULL,
  request      INTEGER NOT NULL,
  scheduled_at INTEGER,
  policy_json  TEXT    NOT NULL,
  state        TEXT    NOT NULL,
  created_at   INTEGER NOT NULL,
  started_at   INTEGER,
  boot_id      TEXT,
  uptime_ms    INTEGER,
  ended_at     INTEGER,
  exit_code    INTEGER,
  reason       TEXT,
  message      TEXT,
  correlation  TEXT    NOT NULL,
  PRIMARY KEY (namespace, name, number)
) STRICT;

-- Writer: reconciler. Each instance of a run; its rows go with the run.
CREATE TABLE job_attempt (
  namespace  TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  run        INTEGER NOT NULL,
  number     INTEGER NOT NULL,
  position   INTEGER NOT NULL,
  instance   TEXT    NOT NULL,
  state      TEXT    NOT NULL,
  created_at INTEGER NOT NULL,
  ended_at   INTEGER,
  exit_code  INTEGER,
  message    TEXT,
  PRIMARY KEY (namespace, name, run, number)
) STRICT;
