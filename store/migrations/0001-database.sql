-- Schema 1 of the registration store. Times are milliseconds since 1970 UTC. What the public may see anyway (domains, hosts, DS
-- data) stands in clear; what is known of a person stands in contact.sealed and nowhere else.

-- region, store (id shared with the key file), sponsored (registrations not ended), last_key, ledger_head
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- Texts that repeat: sources and reasons.
CREATE TABLE label (
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE contact (
  id INTEGER PRIMARY KEY,
  handle TEXT NOT NULL UNIQUE,
  version INTEGER NOT NULL,          -- of the sealed data; bound into the seal
  data_key INTEGER NOT NULL,         -- row of the key file
  region TEXT NOT NULL,              -- '' = the store's own; bound into the seal
  sealed BLOB,                       -- NULL = erased
  email_index BLOB,                  -- keyed hash of the address; NULL = none
  erased_at INTEGER,
  choices INTEGER NOT NULL,          -- entries in the ledger
  source_class INTEGER NOT NULL,
  source INTEGER NOT NULL REFERENCES label (id),
  as_of INTEGER NOT NULL
) STRICT;
CREATE INDEX contact_by_email ON contact (email_index) WHERE email_index IS NOT NULL;

-- Clustered by name: a walk in order of name reads it front to back.
CREATE TABLE registration (
  name TEXT PRIMARY KEY,
  roid TEXT NOT NULL,
  registrar TEXT NOT NULL,
  created INTEGER NOT NULL,
  updated INTEGER,
  registry_expires INTEGER,
  registrar_expires INTEGER,
  transferred INTEGER,
  statuses INTEGER NOT NULL,         -- bit positions of Status
  hosts TEXT NOT NULL,               -- names in order, a space between
  dnssec INTEGER NOT NULL,
  ds TEXT NOT NULL,                  -- "tag algorithm type digest", a semicolon between
  registrant INTEGER NOT NULL REFERENCES contact (id),
  technical INTEGER REFERENCES contact (id),
  administrative INTEGER REFERENCES contact (id),
  billing INTEGER REFERENCES contact (id),
  reseller_name TEXT,
  reseller_url TEXT,
  privacy_service TEXT NOT NULL,
  region TEXT NOT NULL,
  relay_token TEXT NOT NULL,
  has_hosts_below INTEGER NOT NULL,  -- 0 = surely no host object at or below the name
  holder_class INTEGER NOT NULL,     -- source class of contact links, reseller, privacy service, region
  source_class INTEGER NOT NULL,
  source INTEGER NOT NULL REFERENCES label (id),
  as_of INTEGER NOT NULL,
  end_reason INTEGER,
  ended_at INTEGER
) STRICT, WITHOUT ROWID;

-- Which names use a contact, in any role, in order of name.
CREATE TABLE contact_use (
  contact INTEGER NOT NULL REFERENCES contact (id),
  name TEXT NOT NULL,
  PRIMARY KEY (contact, name)
) STRICT, WITHOUT ROWID;

-- Keyed by the name with its labels reversed ("test.example.ns1"), so that all hosts below a name stand together.
CREATE TABLE host (
  reversed TEXT PRIMARY KEY,
  roid TEXT NOT NULL,
  addresses TEXT NOT NULL,           -- a space between
  uses INTEGER NOT NULL,             -- delegations from registrations that are not ended
  source_class INTEGER NOT NULL,
  source INTEGER NOT NULL REFERENCES label (id),
  as_of INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The ledger of privacy choices: append-only, each entry hashed over the one before it.
CREATE TABLE choice (
  sequence INTEGER PRIMARY KEY,
  handle TEXT NOT NULL,
  element INTEGER NOT NULL,
  act INTEGER NOT NULL,
  at INTEGER NOT NULL,
  recorded INTEGER NOT NULL,
  method TEXT NOT NULL,
  notice_version TEXT NOT NULL,
  evidence_id TEXT NOT NULL,
  previous BLOB NOT NULL,
  hash BLOB NOT NULL
) STRICT;
CREATE INDEX choice_by_handle ON choice (handle, sequence);
CREATE TRIGGER choice_is_never_changed BEFORE UPDATE ON choice BEGIN SELECT raise(ABORT, 'the ledger of choices is append-only'); END;
CREATE TRIGGER choice_is_never_removed BEFORE DELETE ON choice BEGIN SELECT raise(ABORT, 'the ledger of choices is append-only'); END;

-- The change feed. Nothing leaves it: incremental deposits need the deletions.
CREATE TABLE change (
  sequence INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  subject TEXT NOT NULL,
  roid TEXT NOT NULL,
  reason INTEGER NOT NULL REFERENCES label (id),
  hides INTEGER NOT NULL
) STRICT;

-- Names that a rule bound to time wants looked at again.
CREATE TABLE due (
  name TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX due_by_time ON due (at, name);
