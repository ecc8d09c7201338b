-- Version 3: rollouts and dependencies.

-- Writer: api. How a new revision takes the place of another; an empty object stands for the default.
ALTER TABLE deployment ADD COLUMN rollout_json TEXT NOT NULL DEFAULT '{}';

ALTER TABLE deployment ADD COLUMN paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1));

-- Names of deployments to conditions.
ALTER TABLE deployment ADD COLUMN depends_json TEXT NOT NULL DEFAULT '{}';

-- The greatest revision whose canary was told to go on.
ALTER TABLE deployment ADD COLUMN promoted INTEGER NOT NULL DEFAULT 0;

-- Writer: reconciler. How it went with each revision; a row goes with its revision.
CREATE TABLE rollout (
  namespace     TEXT    NOT NULL,
  name          TEXT    NOT NULL,
  uid           TEXT    NOT NULL,
  revision      INTEGER NOT NULL,
  state         TEXT    NOT NULL,
  reason        TEXT,
  message       TEXT,
  ready         INTEGER NOT NULL,
  started_at    INTEGER NOT NULL,
  progressed_at INTEGER NOT NULL,
  completed_at  INTEGER,
  PRIMARY KEY (namespace, name, revision)
) STRICT, WITHOUT ROWID;
