-- Thanks for what people really did. Instants are microseconds since 1970-01-01T00:00Z.

CREATE TABLE recognitions (
  recognition_id BLOB PRIMARY KEY,
  customer_id BLOB NOT NULL,
  interaction_id BLOB NOT NULL UNIQUE,
  kind INTEGER NOT NULL,
  -- The kind of the interaction that earned it.
  act INTEGER NOT NULL,
  state INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  granted_at INTEGER NOT NULL,
  mailing_id BLOB
) STRICT, WITHOUT ROWID;

CREATE INDEX recognitions_of_customer ON recognitions (customer_id, granted_at DESC, recognition_id DESC);

-- Interactions that are or were hidden acts, at the newest revision heard; heard_at: when it was first heard as one, and judged.
CREATE TABLE acts (
  interaction_id BLOB PRIMARY KEY,
  revision INTEGER NOT NULL,
  heard_at INTEGER
) STRICT, WITHOUT ROWID;

-- Its row is the lock under which a person's cooldown is judged.
CREATE TABLE people (
  customer_id BLOB PRIMARY KEY,
  thanked_at INTEGER
) STRICT, WITHOUT ROWID;
