-- Times are microseconds since 1970 in UTC (0: never), days are YYYY-MM-DD.
CREATE TABLE accounts (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, email TEXT NOT NULL UNIQUE COLLATE NOCASE,
  role TEXT NOT NULL, password TEXT NOT NULL, created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY, account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE projects (
  id TEXT PRIMARY KEY, code TEXT NOT NULL UNIQUE, name TEXT NOT NULL, address TEXT NOT NULL, client TEXT NOT NULL
) STRICT;

CREATE TABLE itps (
  id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects (id), number TEXT NOT NULL, title TEXT NOT NULL,
  trade TEXT NOT NULL, location TEXT NOT NULL, updated_at INTEGER NOT NULL, UNIQUE (project_id, number)
) STRICT;

CREATE TABLE itp_items (
  id TEXT PRIMARY KEY, itp_id TEXT NOT NULL REFERENCES itps (id), position INTEGER NOT NULL, activity TEXT NOT NULL,
  acceptance TEXT NOT NULL, reference TEXT NOT NULL, kind TEXT NOT NULL, result TEXT NOT NULL DEFAULT 'open',
  note TEXT NOT NULL DEFAULT '', inspected_by TEXT NOT NULL DEFAULT '', inspected_at INTEGER NOT NULL DEFAULT 0,
  planned_on TEXT NOT NULL DEFAULT '', UNIQUE (itp_id, position)
) STRICT;

CREATE TABLE signatures (
  item_id TEXT PRIMARY KEY REFERENCES itp_items (id), account_id TEXT NOT NULL REFERENCES accounts (id),
  name TEXT NOT NULL, kind TEXT NOT NULL, image TEXT NOT NULL, signed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE ncrs (
  id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects (id), serial INTEGER NOT NULL, title TEXT NOT NULL,
  location TEXT NOT NULL, severity TEXT NOT NULL, category TEXT NOT NULL, description TEXT NOT NULL,
  immediate_action TEXT NOT NULL, root_cause TEXT NOT NULL, disposition TEXT NOT NULL DEFAULT '',
  corrective_action TEXT NOT NULL DEFAULT '', verification TEXT NOT NULL DEFAULT '', status TEXT NOT NULL,
  raised_by TEXT NOT NULL, raised_at INTEGER NOT NULL, assignee TEXT NOT NULL, due_on TEXT NOT NULL,
  closed_at INTEGER NOT NULL DEFAULT 0, UNIQUE (project_id, serial)
) STRICT;

CREATE TABLE ncr_events (
  id TEXT PRIMARY KEY, ncr_id TEXT NOT NULL REFERENCES ncrs (id), at INTEGER NOT NULL, by_name TEXT NOT NULL,
  from_status TEXT NOT NULL, to_status TEXT NOT NULL, note TEXT NOT NULL
) STRICT;
CREATE INDEX ncr_events_by_ncr ON ncr_events (ncr_id, at);

CREATE TABLE diary (
  project_id TEXT NOT NULL REFERENCES projects (id), day TEXT NOT NULL, weather TEXT NOT NULL, temperature REAL NOT NULL,
  crew TEXT NOT NULL, plant TEXT NOT NULL, notes TEXT NOT NULL, delays TEXT NOT NULL, author TEXT NOT NULL,
  updated_at INTEGER NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (project_id, day)
) STRICT;

CREATE TABLE activity (
  id TEXT PRIMARY KEY, project_id TEXT NOT NULL REFERENCES projects (id), at INTEGER NOT NULL,
  who TEXT NOT NULL, what TEXT NOT NULL, path TEXT NOT NULL
) STRICT;
CREATE INDEX activity_by_time ON activity (project_id, at);

-- What was answered to a change, stored with the change itself, so that a repeated request gets the same answer.
CREATE TABLE idempotency (
  account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE, key TEXT NOT NULL, fingerprint TEXT NOT NULL,
  status INTEGER NOT NULL, body BLOB NOT NULL, created_at INTEGER NOT NULL, PRIMARY KEY (account_id, key)
) STRICT;
CREATE INDEX idempotency_by_time ON idempotency (created_at);
