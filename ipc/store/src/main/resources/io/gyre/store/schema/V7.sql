-- Version 7: what instances ask of the host, and quotas.

-- Writer: api. What each instance of a revision asks for; no row where that is nothing.
CREATE TABLE demand (
  namespace    TEXT    NOT NULL,
  name         TEXT    NOT NULL,
  revision     INTEGER NOT NULL,
  memory_bytes INTEGER NOT NULL,
  cpu_millis   INTEGER NOT NULL,
  PRIMARY KEY (namespace, name, revision),
  FOREIGN KEY (namespace, name, revision) REFERENCES revision (namespace, name, revision) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

INSERT INTO demand (namespace, name, revision, memory_bytes, cpu_millis)
SELECT namespace, name, revision, memory, cpu FROM (
  SELECT namespace, name, revision,
    coalesce(json_extract(spec_json, '$.resources.memoryRequestBytes'),
      json_extract(spec_json, '$.resources.memoryLimitBytes'), 0) AS memory,
    coalesce(json_extract(spec_json, '$.resources.cpuRequestMillis'),
      json_extract(spec_json, '$.resources.cpuLimitMillis'), 0) AS cpu
  FROM revision)
WHERE memory > 0 OR cpu > 0;

-- Writer: api. The most that a namespace may want; null: no bound. A namespace without a row has no quota.
CREATE TABLE quota (
  namespace    TEXT    NOT NULL PRIMARY KEY REFERENCES namespace (name) ON DELETE CASCADE,
  deployments  INTEGER,
  instances    INTEGER,
  memory_bytes INTEGER,
  cpu_millis   INTEGER
) STRICT, WITHOUT ROWID;
