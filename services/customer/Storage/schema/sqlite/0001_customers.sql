-- People, what they are recognised by and what they asked for. Instants are microseconds since 1970-01-01T00:00Z.
CREATE TABLE customers (
  customer_id BLOB PRIMARY KEY,
  revision INTEGER NOT NULL,
  registered_at INTEGER NOT NULL,
  display_name BLOB NOT NULL,
  locale TEXT NOT NULL,
  country TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  awake_from INTEGER,
  awake_until INTEGER,
  frequency_wish INTEGER NOT NULL,
  paused_until INTEGER,
  contacts_revision INTEGER NOT NULL,
  preferences_revision INTEGER NOT NULL,
  CHECK ((awake_from IS NULL) = (awake_until IS NULL))
) STRICT, WITHOUT ROWID;

-- Values are sealed under the customer's key; the lookup is a keyed hash of kind and canonical value.
CREATE TABLE identifiers (
  identifier_id BLOB PRIMARY KEY,
  customer_id BLOB NOT NULL REFERENCES customers,
  kind INTEGER NOT NULL,
  system TEXT NOT NULL,
  lookup BLOB NOT NULL,
  value BLOB NOT NULL,
  linked_at INTEGER NOT NULL,
  ended_at INTEGER
) STRICT, WITHOUT ROWID;

-- At most one active owner; FindCustomer reads through it.
CREATE UNIQUE INDEX identifiers_active ON identifiers (lookup) WHERE ended_at IS NULL;
CREATE INDEX identifiers_of_customer ON identifiers (customer_id);

CREATE TABLE consents (
  customer_id BLOB NOT NULL REFERENCES customers,
  purpose INTEGER NOT NULL,
  channel INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  given_at INTEGER,
  withdrawn_at INTEGER,
  evidence BLOB,
  PRIMARY KEY (customer_id, purpose, channel)
) STRICT, WITHOUT ROWID;
