-- What every service's database holds beside its own tables. Instants are microseconds since 1970.

CREATE TABLE request_ids (
  caller       text   NOT NULL,
  method       text   NOT NULL,
  request_id   text   NOT NULL,
  payload_hash bytea  NOT NULL,
  created_id   uuid   NULL,
  created_at   bigint NOT NULL,
  PRIMARY KEY (caller, method, request_id)
);
CREATE INDEX request_ids_created_at ON request_ids (created_at);

-- said_at is business time; written_at is real time and measures lag.
CREATE TABLE outbox (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  message_id  uuid   NOT NULL,
  type        text   NOT NULL,
  payload     bytea  NOT NULL,
  traceparent text   NULL,
  said_at     bigint NOT NULL,
  written_at  bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE inbox (
  consumer   text   NOT NULL,
  message_id uuid   NOT NULL,
  handled_at bigint NOT NULL,
  PRIMARY KEY (consumer, message_id)
);
-- Rows come nearly in the order of handled_at: a block range index costs next to nothing per insert.
CREATE INDEX inbox_handled_at ON inbox USING brin (handled_at);

CREATE TABLE inbox_parked (
  consumer    text   NOT NULL,
  message_id  uuid   NOT NULL,
  source      text   NOT NULL,
  type        text   NOT NULL,
  payload     bytea  NOT NULL,
  traceparent text   NULL,
  said_at     bigint NOT NULL,
  written_at  bigint NOT NULL,
  attempts    int    NOT NULL,
  due_at      bigint NOT NULL,
  reason      text   NOT NULL,
  parked_at   bigint NOT NULL,
  PRIMARY KEY (consumer, message_id)
);
CREATE INDEX inbox_parked_due_at ON inbox_parked (due_at);

CREATE TABLE inbox_failed (
  id          uuid   PRIMARY KEY,
  consumer    text   NOT NULL,
  message_id  uuid   NOT NULL,
  source      text   NOT NULL,
  type        text   NOT NULL,
  payload     bytea  NOT NULL,
  traceparent text   NULL,
  said_at     bigint NOT NULL,
  written_at  bigint NOT NULL,
  attempts    int    NOT NULL,
  reason      text   NOT NULL,
  failed_at   bigint NOT NULL,
  UNIQUE (consumer, message_id)
);

-- The people a parked or failed event is about; the row goes when the event has been handled.
CREATE TABLE inbox_parked_subjects (
  consumer    text NOT NULL,
  message_id  uuid NOT NULL,
  customer_id uuid NOT NULL,
  PRIMARY KEY (consumer, message_id, customer_id)
);
CREATE INDEX inbox_parked_subjects_customer_id ON inbox_parked_subjects (customer_id);

CREATE TABLE heartbeats (
  source     text   PRIMARY KEY,
  written_at bigint NOT NULL,
  heard_at   bigint NOT NULL
);

CREATE TABLE leases (
  name     text   PRIMARY KEY,
  owner    uuid   NOT NULL,
  until_at bigint NOT NULL,
  ran_at   bigint NULL
);

CREATE TABLE data_keys (
  customer_id uuid   PRIMARY KEY,
  wrapped     bytea  NOT NULL,
  created_at  bigint NOT NULL
);
