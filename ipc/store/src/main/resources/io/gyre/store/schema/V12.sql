-- Version 12: the audit log.

-- Writer: api. Who used the API for what: only ever appended, each row's hash is over the row and
-- the hash before it. Old rows go once a later row seals them: it tells how far the rows before it
-- were removed (through), and the hash of the last of those (sealed).
CREATE TABLE audit (
  seq         INTEGER NOT NULL PRIMARY KEY,
  at          INTEGER NOT NULL,
  kind        TEXT    NOT NULL,
  actor       TEXT    NOT NULL,
  address     TEXT    NOT NULL,
  method      TEXT    NOT NULL,
  route       TEXT    NOT NULL,
  path        TEXT    NOT NULL,
  namespace   TEXT,
  status      INTEGER NOT NULL,
  code        TEXT    NOT NULL,
  count       INTEGER NOT NULL,
  detail      TEXT    NOT NULL,
  correlation TEXT    NOT NULL,
  through     INTEGER,
  sealed      TEXT,
  hash        TEXT    NOT NULL
) STRICT;

CREATE INDEX audit_by_namespace ON audit (namespace, seq) WHERE namespace IS NOT NULL;

CREATE INDEX audit_by_actor ON audit (actor, seq);

CREATE INDEX audit_by_time ON audit (at);

CREATE INDEX audit_seals ON audit (through) WHERE through IS NOT NULL;

CREATE TRIGGER audit_is_gapless BEFORE INSERT ON audit WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'the audit log has no gaps and no second versions'); END;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;

CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit WHEN NOT EXISTS (SELECT 1 FROM audit WHERE through >= OLD.seq)
BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;
