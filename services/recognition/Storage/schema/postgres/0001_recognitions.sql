-- Thanks for what people really did. Instants are microseconds since 1970-01-01T00:00Z.

CREATE TABLE recognitions (
  recognition_id uuid PRIMARY KEY,
  customer_id uuid NOT NULL,
  interaction_id uuid NOT NULL UNIQUE,
  kind smallint NOT NULL,
  -- The kind of the interaction that earned it.
  act smallint NOT NULL,
  state smallint NOT NULL,
  revision bigint NOT NULL,
  granted_at bigint NOT NULL,
  mailing_id uuid
);

CREATE INDEX recognitions_of_customer ON recognitions (customer_id, granted_at DESC, recognition_id DESC);

-- Interactions that are or were hidden acts, at the newest revision heard; heard_at: when it was first heard as one, and judged.
CREATE TABLE acts (
  interaction_id uuid PRIMARY KEY,
  revision bigint NOT NULL,
  heard_at bigint
);

-- Its row is the lock under which a person's cooldown is judged.
CREATE TABLE people (
  customer_id uuid PRIMARY KEY,
  thanked_at bigint
);
