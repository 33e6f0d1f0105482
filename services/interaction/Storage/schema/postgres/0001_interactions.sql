-- What happened between people and us. Instants are microseconds since 1970-01-01T00:00Z.

-- The judge of who told a fact first; interactions may be partitioned by time later, this table never.
CREATE TABLE fact_keys (
  source_system text NOT NULL,
  source_id text NOT NULL,
  interaction_id uuid NOT NULL,
  -- Keyed hash of what the fact says, to tell a repetition from a correction.
  content bytea NOT NULL,
  PRIMARY KEY (source_system, source_id)
);

CREATE TABLE interactions (
  interaction_id uuid PRIMARY KEY,
  customer_id uuid NOT NULL,
  kind smallint NOT NULL,
  source_system text NOT NULL,
  source_id text NOT NULL,
  occurred_at bigint NOT NULL,
  recorded_at bigint NOT NULL,
  revision bigint NOT NULL,
  currency text,
  units bigint,
  nanos integer,
  -- Sealed under the customer's key.
  text bytea
);

CREATE INDEX interactions_timeline ON interactions (customer_id, occurred_at DESC, interaction_id DESC);

-- People whom customer told us of, so that facts are recorded while customer is away.
CREATE TABLE known_customers (
  customer_id uuid PRIMARY KEY
);
