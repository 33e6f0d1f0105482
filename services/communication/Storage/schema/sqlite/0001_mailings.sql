-- The row of one person, and the only lock that anyone waits for: a person's due row, queue and ledger are written by its holder alone.
-- A direct recipient (an address without a customer) has a row too; its id is a version 8 uuid made from a keyed hash of the address.
CREATE TABLE recipients (
  customer_id BLOB PRIMARY KEY,
  profile BLOB,                      -- Storage/profile.proto; absent until customer said who it is
  ledger BLOB NOT NULL,              -- packed, see Throttling/LedgerLayout.cs
  revision INTEGER NOT NULL,           -- a fresh random value at each write, for caches and dry runs
  first_seen_at INTEGER NOT NULL,
  looked_at INTEGER NOT NULL           -- the latest now of this person: it never runs backwards
);
CREATE INDEX recipients_nobody ON recipients (first_seen_at) WHERE profile IS NULL;

-- When one of the person's waiting mailings wants its next decision. Apart from recipients, so that ledger writes stay HOT.
CREATE TABLE due (
  customer_id BLOB PRIMARY KEY,
  due_at INTEGER NOT NULL
);
CREATE INDEX due_by_instant ON due (due_at, customer_id);

-- What was accepted; written once, deleted by retention.
CREATE TABLE mailings (
  mailing_id BLOB PRIMARY KEY,
  customer_id BLOB NOT NULL,
  direct INTEGER NOT NULL,
  template TEXT NOT NULL,
  template_version INTEGER NOT NULL,
  class INTEGER NOT NULL,
  intent INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  not_before INTEGER NOT NULL,        -- 0: none
  expires_at INTEGER NOT NULL,
  collapse_key TEXT,
  campaign_id TEXT,
  sender TEXT NOT NULL,
  request_id TEXT NOT NULL,
  request_hash BLOB NOT NULL,
  accepted_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX mailings_by_request ON mailings (sender, request_id);

-- Variables and a direct address, encrypted under the recipient's key; deleted when the mailing ends.
CREATE TABLE contents (
  mailing_id BLOB PRIMARY KEY,
  sealed BLOB NOT NULL
);

-- The mailings that have not ended. Small rows, short lives; deleted on completion.
-- state: 1 WAITING, 2 COMMITTED, 3 HANDED.
CREATE TABLE queue (
  mailing_id BLOB PRIMARY KEY,
  customer_id BLOB NOT NULL,
  state INTEGER NOT NULL,
  direct INTEGER NOT NULL,
  class INTEGER NOT NULL,
  intent INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  urgent INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  template TEXT NOT NULL,
  template_version INTEGER NOT NULL,
  sender TEXT NOT NULL,
  request_id TEXT NOT NULL,
  collapse_key TEXT,
  age_at INTEGER NOT NULL,             -- acceptance, or that of the mailing it replaced
  not_before INTEGER NOT NULL,         -- 0: none
  expires_at INTEGER NOT NULL,
  backoff_until INTEGER NOT NULL,      -- 0: none; after a 4yz or an UNKNOWN; reserves nothing meanwhile
  release_at INTEGER NOT NULL,         -- 0: none; what the last deferral named
  verdict_key INTEGER NOT NULL,        -- of the last stored deferral, so that the same one is not stored twice
  attempts INTEGER NOT NULL,         -- deliveries that were tried; a deferral is not one
  token INTEGER,                       -- of the latest commit; never reused
  committed_at INTEGER,
  hand_until INTEGER,
  handed_at INTEGER
);
CREATE INDEX queue_by_person ON queue (customer_id);
CREATE INDEX queue_committed ON queue (hand_until) WHERE state = 2;
CREATE INDEX queue_handed ON queue (handed_at) WHERE state = 3;

CREATE TABLE tokens (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  last INTEGER NOT NULL
);
INSERT INTO tokens (one, last) VALUES (1, 0);

-- The mailings that have ended. state: 4 SENT, 5 FAILED, 6 UNKNOWN, 7 DECLINED, 8 CANCELLED, 9 EXPIRED.
CREATE TABLE ended (
  mailing_id BLOB PRIMARY KEY,
  customer_id BLOB NOT NULL,
  state INTEGER NOT NULL,
  reason TEXT,
  ended_at INTEGER NOT NULL
);
CREATE INDEX ended_by_instant ON ended (ended_at);

-- What the gate said, insert only: the last deferral and the final decision are kept for 90 days, retention deletes the rest.
CREATE TABLE verdicts (
  mailing_id BLOB NOT NULL,
  decided_at INTEGER NOT NULL,
  explanation BLOB NOT NULL,         -- packed; with the policy text it recomputes to the same verdict
  PRIMARY KEY (mailing_id, decided_at)
);

-- Mailings that retention has deleted, by the day of their acceptance and the state that they ended in.
CREATE TABLE retired (
  day INTEGER NOT NULL,                   -- days since 1970-01-01
  state INTEGER NOT NULL,
  mailings INTEGER NOT NULL,
  PRIMARY KEY (day, state)
);

-- Addresses, encrypted under a key of our own per person; read at hand-over only.
CREATE TABLE addresses (
  customer_id BLOB NOT NULL,
  channel INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  PRIMARY KEY (customer_id, channel)
);

CREATE TABLE templates (
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  definition BLOB NOT NULL,          -- loyalty.communication.v1.Template
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  approved_by TEXT,
  approved_at INTEGER,
  PRIMARY KEY (name, version)
);

-- Every policy that ever decided, by version, so that each explanation can be recomputed.
CREATE TABLE policies (
  version TEXT PRIMARY KEY,
  text TEXT NOT NULL,
  first_used_at INTEGER NOT NULL
);
