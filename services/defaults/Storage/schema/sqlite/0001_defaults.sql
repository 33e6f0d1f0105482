-- What every service's database holds beside its own tables. Instants are microseconds since 1970;
-- ids are the 16 bytes of a UUID, most significant first.

CREATE TABLE request_ids (
  caller       TEXT   NOT NULL,
  method       TEXT   NOT NULL,
  request_id   TEXT   NOT NULL,
  payload_hash BLOB  NOT NULL,
  created_id   BLOB   NULL,
  created_at   INTEGER NOT NULL,
  PRIMARY KEY (caller, method, request_id)
);
CREATE INDEX request_ids_created_at ON request_ids (created_at);

-- said_at is business time; written_at is real time and measures lag.
CREATE TABLE outbox (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id  BLOB   NOT NULL,
  type        TEXT   NOT NULL,
  payload     BLOB  NOT NULL,
  traceparent TEXT   NULL,
  said_at     INTEGER NOT NULL,
  written_at  INTEGER NOT NULL
);

CREATE TABLE inbox (
  consumer   TEXT   NOT NULL,
  message_id BLOB   NOT NULL,
  handled_at INTEGER NOT NULL,
  PRIMARY KEY (consumer, message_id)
) WITHOUT ROWID;
CREATE INDEX inbox_handled_at ON inbox (handled_at);

CREATE TABLE inbox_parked (
  consumer    TEXT   NOT NULL,
  message_id  BLOB   NOT NULL,
  source      TEXT   NOT NULL,
  type        TEXT   NOT NULL,
  payload     BLOB  NOT NULL,
  traceparent TEXT   NULL,
  said_at     INTEGER NOT NULL,
  written_at  INTEGER NOT NULL,
  attempts    int    NOT NULL,
  due_at      INTEGER NOT NULL,
  reason      TEXT   NOT NULL,
  parked_at   INTEGER NOT NULL,
  PRIMARY KEY (consumer, message_id)
);
CREATE INDEX inbox_parked_due_at ON inbox_parked (due_at);

CREATE TABLE inbox_failed (
  id          BLOB   PRIMARY KEY,
  consumer    TEXT   NOT NULL,
  message_id  BLOB   NOT NULL,
  source      TEXT   NOT NULL,
  type        TEXT   NOT NULL,
  payload     BLOB  NOT NULL,
  traceparent TEXT   NULL,
  said_at     INTEGER NOT NULL,
  written_at  INTEGER NOT NULL,
  attempts    int    NOT NULL,
  reason      TEXT   NOT NULL,
  failed_at   INTEGER NOT NULL,
  UNIQUE (consumer, message_id)
);

-- The people a parked or failed event is about; the row goes when the event has been handled.
CREATE TABLE inbox_parked_subjects (
  consumer    TEXT NOT NULL,
  message_id  BLOB NOT NULL,
  customer_id BLOB NOT NULL,
  PRIMARY KEY (consumer, message_id, customer_id)
) WITHOUT ROWID;
CREATE INDEX inbox_parked_subjects_customer_id ON inbox_parked_subjects (customer_id);

CREATE TABLE heartbeats (
  source     TEXT   PRIMARY KEY,
  written_at INTEGER NOT NULL,
  heard_at   INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE leases (
  name     TEXT   PRIMARY KEY,
  owner    BLOB   NOT NULL,
  until_at INTEGER NOT NULL,
  ran_at   INTEGER NULL
) WITHOUT ROWID;

CREATE TABLE data_keys (
  customer_id BLOB   PRIMARY KEY,
  wrapped     BLOB  NOT NULL,
  created_at  INTEGER NOT NULL
) WITHOUT ROWID;
