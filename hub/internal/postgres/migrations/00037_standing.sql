-- +goose Up
-- What a request is about, in the citizen's view of it; the words are data, a town may add some.
CREATE TABLE request_type (
    code     text PRIMARY KEY CHECK (code ~ '^[a-z][a-z_]{0,39}$'),
    position smallint NOT NULL,
    labels   jsonb NOT NULL
);
INSERT INTO request_type (code, position, labels) VALUES
    ('information',  1, '{"it": "Informazione", "en": "Information"}'),
    ('forms',        2, '{"it": "Modulistica", "en": "Forms"}'),
    ('report',       3, '{"it": "Segnalazione", "en": "Report of a problem"}'),
    ('complaint',    4, '{"it": "Reclamo", "en": "Complaint"}'),
    ('suggestion',   5, '{"it": "Suggerimento", "en": "Suggestion"}'),
    ('praise',       6, '{"it": "Elogio", "en": "Praise"}'),
    ('application',  7, '{"it": "Istanza o pratica", "en": "Application or procedure"}'),
    ('records',      8, '{"it": "Accesso agli atti", "en": "Access to records"}'),
    ('civic_access', 9, '{"it": "Accesso civico", "en": "Freedom of information"}'),
    ('booking',     10, '{"it": "Prenotazione", "en": "Booking"}'),
    ('payment',     11, '{"it": "Pagamento o duplicato", "en": "Payment or duplicate"}'),
    ('consultation',12, '{"it": "Consultazione", "en": "Consultation"}'),
    ('other',       13, '{"it": "Altro", "en": "Other"}');

ALTER TABLE ticket
    ADD COLUMN request_type text REFERENCES request_type (code),
    -- what is to be said of the status: how it ended, what suspends it, whom it waits for, until when; null when nothing is
    ADD COLUMN standing     jsonb,
    ADD COLUMN outcome      text GENERATED ALWAYS AS (standing->>'outcome') STORED,
    -- when what was put aside comes back by itself
    ADD COLUMN resume_at    timestamptz;
CREATE INDEX ticket_resume_idx ON ticket (resume_at) WHERE resume_at IS NOT NULL;
