-- Schema 1 of the key file: data keys, wrapped. It holds no personal data.

-- store (id shared with the database), check (tells a wrong master key), wrapping_version, rotated_to, unused_from
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE data_key (
  id INTEGER PRIMARY KEY,
  handle TEXT NOT NULL,
  wrapping_version INTEGER NOT NULL,  -- of the key-encryption key
  wrapped BLOB NOT NULL,              -- all zero once destroyed
  contact_version INTEGER NOT NULL,   -- the contact's current version: an older one in the database was rolled back
  settled INTEGER NOT NULL,           -- 0 = the database may still hold the version before
  destroyed_at INTEGER,
  destroyed_why TEXT
) STRICT;
CREATE INDEX data_key_unsettled ON data_key (id) WHERE settled = 0;
CREATE INDEX data_key_destroyed ON data_key (id) WHERE destroyed_at IS NOT NULL;
