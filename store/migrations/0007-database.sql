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
CREATE INDEX epp_journal_open ON epp_journal (number) WHERE state IN (0, 4, 5, 8);
CREATE INDEX epp_journal_object ON epp_journal (registry, object, number);

-- Messages of registries (epp/sync_state.hpp): kept before they are acknowledged.
CREATE TABLE epp_message (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  registry TEXT NOT NULL,
  account TEXT NOT NULL,
  id TEXT NOT NULL,                  -- msgID
  digest BLOB NOT NULL,              -- of what stands in it but its count
  queued TEXT NOT NULL,
  handle TEXT NOT NULL,              -- contact under whose key it is sealed; empty: the store's own
  kept INTEGER NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',
  raw BLOB NOT NULL,                 -- sealed
  UNIQUE (registry, account, id, digest)
) STRICT;
CREATE INDEX epp_message_waiting ON epp_message (registry, number) WHERE state <> 1;

-- When names were last looked at, and what was found.
CREATE TABLE epp_look (
  registry TEXT NOT NULL,
  name TEXT NOT NULL,
  at INTEGER NOT NULL,
  sight INTEGER NOT NULL,
  missing_since INTEGER,
  note TEXT NOT NULL,
  PRIMARY KEY (registry, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX epp_look_by_time ON epp_look (registry, at);
CREATE INDEX epp_look_doubtful ON epp_look (registry, name) WHERE sight >= 2;

CREATE TABLE epp_registry (
  registry TEXT PRIMARY KEY,
  drained INTEGER,                   -- when its queue was last found empty
  greeting TEXT NOT NULL DEFAULT ''  -- as it was when it was different last
) STRICT, WITHOUT ROWID;
