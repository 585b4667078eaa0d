-- Contacts of ours at registries (epp/contact_record.hpp).
CREATE TABLE epp_contact (
  registry TEXT NOT NULL,
  handle TEXT NOT NULL,
  id TEXT NOT NULL,                     -- at the registry
  changed INTEGER NOT NULL DEFAULT 0,   -- change of the feed that asks for a look
  seen INTEGER NOT NULL DEFAULT -1,     -- change of the feed that the last look knew of
  at INTEGER NOT NULL DEFAULT 0,        -- last look
  version INTEGER NOT NULL DEFAULT 0,   -- counts notes
  tries INTEGER NOT NULL DEFAULT 0,     -- that came to no end, one after the other
  missing_since INTEGER NOT NULL DEFAULT 0,
  standing INTEGER NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (registry, handle)
) STRICT, WITHOUT ROWID;
CREATE INDEX epp_contact_changed ON epp_contact (registry, handle) WHERE changed > seen;
CREATE INDEX epp_contact_doubtful ON epp_contact (registry, handle) WHERE standing <> 1;
CREATE INDEX epp_contact_by_time ON epp_contact (registry, at);
CREATE INDEX epp_contact_by_id ON epp_contact (registry, id);

ALTER TABLE epp_registry ADD COLUMN contacts_sequence INTEGER NOT NULL DEFAULT 0;  -- up to where the feed was followed
ALTER TABLE epp_registry ADD COLUMN contacts_mark INTEGER NOT NULL DEFAULT 0;
ALTER TABLE epp_registry ADD COLUMN contacts_rules TEXT NOT NULL DEFAULT '';     -- digest of what configuration says of them

-- When a registry will be away (RFC 9167).
CREATE TABLE epp_absence (
  registry TEXT NOT NULL,
  id TEXT NOT NULL,
  starts INTEGER NOT NULL,
  ends INTEGER NOT NULL,
  PRIMARY KEY (registry, id)
) STRICT, WITHOUT ROWID;

-- By time, as they are due. Of a name that changed since its last look `at` is the time of the change, negative.
DROP INDEX epp_look_doubtful;
CREATE INDEX epp_look_doubtful ON epp_look (registry, at) WHERE sight >= 2;
