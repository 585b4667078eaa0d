-- The outbox of the relay. What is personal stands in letter.sealed and nowhere else, under the data key of the contact that the
-- mail is for; a confirmation, which goes to a sender, is sealed to the worker's own key.
CREATE TABLE letter (
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice: notes name it
  kind INTEGER NOT NULL,
  state INTEGER NOT NULL,            -- 0 not confirmed yet, 1 waiting; ended: 2 delivered, 3 failed, 4 dropped
  source TEXT UNIQUE,                -- file of the spool that it was made of: taken once, whatever is killed
  name TEXT NOT NULL,                -- domain; '' = a confirmation
  handle TEXT NOT NULL,              -- contact; '' = a confirmation
  token TEXT NOT NULL UNIQUE,        -- of the envelope sender
  confirmation BLOB UNIQUE,          -- keyed hash of what lets it go
  sealed BLOB,                       -- NULL = ended
  queued INTEGER NOT NULL,
  next INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  status TEXT NOT NULL,              -- reply code of the last attempt or of the bounce
  returned INTEGER,                  -- when it came back
  ended INTEGER
) STRICT;
CREATE INDEX letter_due ON letter (next, id) WHERE state = 1;
CREATE INDEX letter_by_name ON letter (name, kind, queued);
CREATE INDEX letter_ended ON letter (ended) WHERE ended IS NOT NULL;

-- Senders who were asked to confirm: keyed hashes of addresses, a day long.
CREATE TABLE letter_asked (
  fingerprint BLOB NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX letter_asked_by ON letter_asked (fingerprint, at);

-- Signs that a contact's data are not right, for the operator to follow up (rules.md §2.6 rule 4): append-only.
CREATE TABLE accuracy_note (
  sequence INTEGER PRIMARY KEY,
  handle TEXT NOT NULL,
  name TEXT NOT NULL,                -- domain that the mail was about
  letter INTEGER NOT NULL UNIQUE,    -- one note for each mail
  status TEXT NOT NULL,              -- '5.1.1', '550 5.1.1'; '' = no code was told
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX accuracy_note_by_handle ON accuracy_note (handle, sequence);
CREATE TRIGGER accuracy_note_is_never_changed BEFORE UPDATE ON accuracy_note BEGIN SELECT raise(ABORT, 'accuracy notes are append-only'); END;
CREATE TRIGGER accuracy_note_is_never_removed BEFORE DELETE ON accuracy_note BEGIN SELECT raise(ABORT, 'accuracy notes are append-only'); END;

-- Mail to a relay address has to find its name.
CREATE INDEX registration_by_relay_token ON registration (relay_token) WHERE relay_token <> '';
