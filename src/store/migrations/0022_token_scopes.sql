-- Kinds of work that a token allows. Tokens made before this keep all of them.
ALTER TABLE access_token ADD COLUMN scopes TEXT NOT NULL DEFAULT 'read, write, export'
    CHECK (length(scopes) BETWEEN 1 AND 100);
