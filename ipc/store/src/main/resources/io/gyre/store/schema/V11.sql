-- Version 11: restored states.

-- Writer: gyre restore, while no process uses the database. What was wanted when this state was
-- brought back; generation 0: the deployment was gone. Instances that no row asks for are left alone
-- until more is wanted of their deployment than this.
CREATE TABLE restored (
  namespace  TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  generation INTEGER NOT NULL,
  PRIMARY KEY (namespace, name)
) STRICT, WITHOUT ROWID;
