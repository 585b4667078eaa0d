-- Schema 2 of the registration store: which keys it stands beside, and which history its feed is of (docs/decisions/0007).

-- of the last commit that changed the store; equal to `epoch` of the key file, or to its `base` where a kill fell between the two
INSERT INTO meta (key, value) VALUES ('key_epoch', 0);

-- A random number for each transaction that appended to the feed, at its last entry: no other history of the store has it there.
CREATE TABLE feed_mark (
  sequence INTEGER PRIMARY KEY,
  mark INTEGER NOT NULL
) STRICT;
INSERT INTO feed_mark (sequence, mark) SELECT coalesce(max(sequence), 0), random() FROM change;
