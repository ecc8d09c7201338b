-- Version 13: named volumes, and the end of namespaces.

-- Writer: reconciler. The named volumes of each runtime, as the runtime host reported them last.
CREATE TABLE volume (
  namespace TEXT NOT NULL,
  name      TEXT NOT NULL,
  runtime   TEXT NOT NULL,
  PRIMARY KEY (namespace, name, runtime)
) STRICT, WITHOUT ROWID;

-- Writer: api. Volumes that are to go; a row goes once the volume is gone or wanted again.
CREATE TABLE volume_removal (
  namespace   TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  at          INTEGER NOT NULL,
  correlation TEXT    NOT NULL,
  PRIMARY KEY (namespace, name)
) STRICT, WITHOUT ROWID;

-- Writer: api. Whether all of it is to go; it takes nothing new then.
ALTER TABLE namespace ADD COLUMN deleting INTEGER NOT NULL DEFAULT 0 CHECK (deleting IN (0, 1));
