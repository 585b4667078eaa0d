-- Deposits with escrow agents: one row for each agent, kind, date and revision, and each step that it took.
CREATE TABLE deposit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  agent TEXT NOT NULL,
  registrar TEXT NOT NULL,
  kind INTEGER NOT NULL,       -- escrow::DepositKind
  date INTEGER NOT NULL,       -- UTC, days since 1970-01-01
  revision INTEGER NOT NULL,
  state INTEGER NOT NULL,      -- escrow::DepositState
  watermark INTEGER NOT NULL,
  due INTEGER,                 -- which due date it serves
  changed INTEGER NOT NULL,    -- when it came into its state
  sequence INTEGER NOT NULL DEFAULT 0,  -- of the change feed that it shows
  entries INTEGER NOT NULL DEFAULT 0,   -- rows of its files
  file_bytes INTEGER NOT NULL DEFAULT 0,
  recipient TEXT NOT NULL DEFAULT '',
  manifest TEXT,
  made INTEGER,                -- order in which manifests were made: each names the one before
  reason TEXT NOT NULL DEFAULT '',
  UNIQUE (agent, registrar, kind, date, revision)
) STRICT;
CREATE UNIQUE INDEX deposit_by_made ON deposit (made) WHERE made IS NOT NULL;

CREATE TABLE deposit_event (
  deposit INTEGER NOT NULL REFERENCES deposit (id),
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  state INTEGER NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (deposit, number)
) STRICT, WITHOUT ROWID;
