-- Schema 2 of the key file: which database it stands beside (docs/decisions/0007).

-- epoch (of the last commit), base (the database's epoch before it, or the same once the database is known to have it),
-- adopted (1 = files that do not belong together were adopted: keys may stand here that no contact names)
INSERT INTO meta (key, value) VALUES ('epoch', 0), ('base', 0), ('adopted', 0);

-- of the contact's last entry in the ledger of choices, the first 8 bytes of its hash: a ledger without it has lost some
ALTER TABLE data_key ADD COLUMN last_choice INTEGER;
