-- Version 9: versions of configs, and who uses what.

-- Writer: api. The newest version; entries_json is that version's.
ALTER TABLE config ADD COLUMN version INTEGER NOT NULL DEFAULT 1;

-- Writer: api. Immutable; the newest 10 of a config, and those that a kept revision was made with, also
-- after the config is gone.
CREATE TABLE config_version (
  namespace    TEXT    NOT NULL,
  name         TEXT    NOT NULL,
  version      INTEGER NOT NULL,
  entries_json TEXT    NOT NULL,
  created_at   INTEGER NOT NULL,
  correlation  TEXT    NOT NULL,
  actor        TEXT    NOT NULL,
  PRIMARY KEY (namespace, name, version)
) STRICT;

INSERT INTO config_version (namespace, name, version, entries_json, created_at, correlation, actor)
SELECT namespace, name, 1, entries_json, updated_at, '', '' FROM config;

-- Writer: api. What each revision uses (kind is config, secret or volume); version 0: the newest at each start.
CREATE TABLE content_use (
  namespace  TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  revision   INTEGER NOT NULL,
  kind       TEXT    NOT NULL,
  content    TEXT    NOT NULL,
  version    INTEGER NOT NULL,
  PRIMARY KEY (namespace, name, revision, kind, content),
  FOREIGN KEY (namespace, name, revision) REFERENCES revision (namespace, name, revision) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX content_use_by_content ON content_use (namespace, kind, content);

INSERT OR IGNORE INTO content_use (namespace, name, revision, kind, content, version)
SELECT r.namespace, r.name, r.revision, lower(json_extract(v.value, '$.type')),
  json_extract(v.value, '$.source'),
  json_extract(v.value, '$.type') = 'CONFIG' AND json_extract(r.spec_json, '$.kind') <> 'JOB'
FROM revision r, json_each(r.spec_json, '$.volumes') v
WHERE json_extract(v.value, '$.type') IN ('CONFIG', 'VOLUME');
