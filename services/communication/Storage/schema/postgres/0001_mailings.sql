-- The row of one person, and the only lock that anyone waits for: a person's due row, queue and ledger are written by its holder alone.
-- A direct recipient (an address without a customer) has a row too; its id is a version 8 uuid made from a keyed hash of the address.
-- fillfactor 50: the ledger is rewritten at each send and stays on its page (HOT).
CREATE TABLE recipients (
  customer_id uuid PRIMARY KEY,
  profile bytea,                      -- Storage/profile.proto; absent until customer said who it is
  ledger bytea NOT NULL,              -- packed, see Throttling/LedgerLayout.cs
  revision bigint NOT NULL,           -- a fresh random value at each write, for caches and dry runs
  first_seen_at bigint NOT NULL,
  looked_at bigint NOT NULL           -- the latest now of this person: it never runs backwards
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX recipients_nobody ON recipients (first_seen_at) WHERE profile IS NULL;

-- When one of the person's waiting mailings wants its next decision. Apart from recipients, so that ledger writes stay HOT.
CREATE TABLE due (
  customer_id uuid PRIMARY KEY,
  due_at bigint NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX due_by_instant ON due (due_at, customer_id);

-- What was accepted; written once, deleted by retention.
CREATE TABLE mailings (
  mailing_id uuid PRIMARY KEY,
  customer_id uuid NOT NULL,
  direct boolean NOT NULL,
  template text NOT NULL,
  template_version int NOT NULL,
  class smallint NOT NULL,
  intent smallint NOT NULL,
  kind smallint NOT NULL,
  channel smallint NOT NULL,
  priority smallint NOT NULL,
  not_before bigint NOT NULL,         -- 0: none
  expires_at bigint NOT NULL,
  collapse_key text,
  campaign_id text,
  sender text NOT NULL,
  request_id text NOT NULL,
  request_hash bytea NOT NULL,
  accepted_at bigint NOT NULL
);
CREATE UNIQUE INDEX mailings_by_request ON mailings (sender, request_id);

-- Variables and a direct address, encrypted under the recipient's key; deleted when the mailing ends.
CREATE TABLE contents (
  mailing_id uuid PRIMARY KEY,
  sealed bytea NOT NULL
);

-- The mailings that have not ended. Small rows, short lives; deleted on completion.
-- state: 1 WAITING, 2 COMMITTED, 3 HANDED.
CREATE TABLE queue (
  mailing_id uuid PRIMARY KEY,
  customer_id uuid NOT NULL,
  state smallint NOT NULL,
  direct boolean NOT NULL,
  class smallint NOT NULL,
  intent smallint NOT NULL,
  kind smallint NOT NULL,
  channel smallint NOT NULL,
  urgent boolean NOT NULL,
  priority smallint NOT NULL,
  template text NOT NULL,
  template_version int NOT NULL,
  sender text NOT NULL,
  request_id text NOT NULL,
  collapse_key text,
  age_at bigint NOT NULL,             -- acceptance, or that of the mailing it replaced
  not_before bigint NOT NULL,         -- 0: none
  expires_at bigint NOT NULL,
  backoff_until bigint NOT NULL,      -- 0: none; after a 4yz or an UNKNOWN; reserves nothing meanwhile
  release_at bigint NOT NULL,         -- 0: none; what the last deferral named
  verdict_key bigint NOT NULL,        -- of the last stored deferral, so that the same one is not stored twice
  attempts smallint NOT NULL,         -- deliveries that were tried; a deferral is not one
  token bigint,                       -- of the latest commit; never reused
  committed_at bigint,
  hand_until bigint,
  handed_at bigint
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX queue_by_person ON queue (customer_id);
CREATE INDEX queue_committed ON queue (hand_until) WHERE state = 2;
CREATE INDEX queue_handed ON queue (handed_at) WHERE state = 3;

CREATE SEQUENCE tokens CACHE 200;

-- The mailings that have ended. state: 4 SENT, 5 FAILED, 6 UNKNOWN, 7 DECLINED, 8 CANCELLED, 9 EXPIRED.
CREATE TABLE ended (
  mailing_id uuid PRIMARY KEY,
  customer_id uuid NOT NULL,
  state smallint NOT NULL,
  reason text,
  ended_at bigint NOT NULL
);
CREATE INDEX ended_by_instant ON ended (ended_at);

-- What the gate said, insert only: the last deferral and the final decision are kept for 90 days, retention deletes the rest.
CREATE TABLE verdicts (
  mailing_id uuid NOT NULL,
  decided_at bigint NOT NULL,
  explanation bytea NOT NULL,         -- packed; with the policy text it recomputes to the same verdict
  PRIMARY KEY (mailing_id, decided_at)
);

-- Mailings that retention has deleted, by the day of their acceptance and the state that they ended in.
CREATE TABLE retired (
  day int NOT NULL,                   -- days since 1970-01-01
  state smallint NOT NULL,
  mailings bigint NOT NULL,
  PRIMARY KEY (day, state)
);

-- Addresses, encrypted under a key of our own per person; read at hand-over only.
CREATE TABLE addresses (
  customer_id uuid NOT NULL,
  channel smallint NOT NULL,
  sealed bytea NOT NULL,
  PRIMARY KEY (customer_id, channel)
);

CREATE TABLE templates (
  name text NOT NULL,
  version int NOT NULL,
  definition bytea NOT NULL,          -- loyalty.communication.v1.Template
  created_by text NOT NULL,
  created_at bigint NOT NULL,
  approved_by text,
  approved_at bigint,
  PRIMARY KEY (name, version)
);

-- Every policy that ever decided, by version, so that each explanation can be recomputed.
CREATE TABLE policies (
  version text PRIMARY KEY,
  text text NOT NULL,
  first_used_at bigint NOT NULL
);
