-- What was said to registries, and what became of it (epp/journal.hpp). Numbers are never given twice.
CREATE TABLE epp_journal (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  registry TEXT NOT NULL,
  account TEXT NOT NULL,
  client_id TEXT NOT NULL UNIQUE,    -- clTRID
  command TEXT NOT NULL,
  object TEXT NOT NULL,
  handle TEXT NOT NULL,              -- contact under whose key frame and answer are sealed; empty: the journal's own
  state INTEGER NOT NULL,
  begun INTEGER NOT NULL,
  answer_by INTEGER NOT NULL,
  ended INTEGER,
  code INTEGER NOT NULL DEFAULT 0,
  server_id TEXT NOT NULL DEFAULT '',
  why TEXT NOT NULL DEFAULT '',
  looks INTEGER NOT NULL DEFAULT 0,
  looked INTEGER,
  frame BLOB NOT NULL,
  answer BLOB
) STRICT;
-- One unresolved command per object: open, unknown, for a person.
CREATE UNIQUE INDEX epp_journal_unresolved ON epp_journal (registry, object) WHERE state IN (0, 5, 8);
CREATE INDEX epp_journal_object ON epp_journal (registry, object, number);
CREATE INDEX epp_journal_handle ON epp_journal (handle) WHERE handle <> '';
