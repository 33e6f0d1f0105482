-- What happened between people and us. Instants are microseconds since 1970-01-01T00:00Z.

-- The judge of who told a fact first.
CREATE TABLE fact_keys (
  source_system TEXT NOT NULL,
  source_id TEXT NOT NULL,
  interaction_id BLOB NOT NULL,
  -- Keyed hash of what the fact says, to tell a repetition from a correction.
  content BLOB NOT NULL,
  PRIMARY KEY (source_system, source_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE interactions (
  interaction_id BLOB PRIMARY KEY,
  customer_id BLOB NOT NULL,
  kind INTEGER NOT NULL,
  source_system TEXT NOT NULL,
  source_id TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  currency TEXT,
  units INTEGER,
  nanos INTEGER,
  -- Sealed under the customer's key.
  text BLOB
) STRICT;

CREATE INDEX interactions_timeline ON interactions (customer_id, occurred_at DESC, interaction_id DESC);

-- People whom customer told us of, so that facts are recorded while customer is away.
CREATE TABLE known_customers (
  customer_id BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;
