-- Relay addresses are replaced from time to time; the ones before lead to the holder for a while.
ALTER TABLE registration ADD COLUMN relay_drawn INTEGER NOT NULL DEFAULT 0;  -- when relay_token was drawn
UPDATE registration SET relay_drawn = as_of;
CREATE INDEX registration_by_relay_drawn ON registration (relay_drawn) WHERE ended_at IS NULL;

CREATE TABLE relay_token_before (
  token TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX relay_token_before_until ON relay_token_before (until);
CREATE INDEX relay_token_before_name ON relay_token_before (name);
