-- People, what they are recognised by and what they asked for. Instants are microseconds since 1970-01-01T00:00Z.
CREATE TABLE customers (
  customer_id uuid PRIMARY KEY,
  revision bigint NOT NULL,
  registered_at bigint NOT NULL,
  display_name bytea NOT NULL,
  locale text NOT NULL,
  country text NOT NULL,
  time_zone text NOT NULL,
  awake_from smallint,
  awake_until smallint,
  frequency_wish smallint NOT NULL,
  paused_until bigint,
  contacts_revision bigint NOT NULL,
  preferences_revision bigint NOT NULL,
  CHECK ((awake_from IS NULL) = (awake_until IS NULL))
);

-- Values are sealed under the customer's key; the lookup is a keyed hash of kind and canonical value.
CREATE TABLE identifiers (
  identifier_id uuid PRIMARY KEY,
  customer_id uuid NOT NULL REFERENCES customers,
  kind smallint NOT NULL,
  system text NOT NULL,
  lookup bytea NOT NULL,
  value bytea NOT NULL,
  linked_at bigint NOT NULL,
  ended_at bigint
);

-- At most one active owner; it also serves FindCustomer in one read.
CREATE UNIQUE INDEX identifiers_active ON identifiers (lookup) INCLUDE (customer_id) WHERE ended_at IS NULL;
CREATE INDEX identifiers_of_customer ON identifiers (customer_id);

CREATE TABLE consents (
  customer_id uuid NOT NULL REFERENCES customers,
  purpose smallint NOT NULL,
  channel smallint NOT NULL,
  revision bigint NOT NULL,
  given_at bigint,
  withdrawn_at bigint,
  evidence bytea,
  PRIMARY KEY (customer_id, purpose, channel)
);
