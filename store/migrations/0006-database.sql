-- Redaction policies that views were published by, from when on.
CREATE TABLE policy_in_force (
  name TEXT NOT NULL,
  since INTEGER NOT NULL,
  number INTEGER NOT NULL,           -- of those of this name, from 1
  version TEXT NOT NULL,
  digest INTEGER NOT NULL,           -- of what it means
  text TEXT NOT NULL,                -- its file
  settings TEXT NOT NULL,            -- "name=value", a line each
  PRIMARY KEY (name, number)
) STRICT, WITHOUT ROWID;
