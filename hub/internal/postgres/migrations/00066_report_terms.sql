-- +goose Up
-- Which terms were met and missed; kinds of marks first_met, first_missed, next_met and so on.
ALTER TABLE report_cell
    ADD COLUMN first_met      int NOT NULL DEFAULT 0,
    ADD COLUMN first_missed   int NOT NULL DEFAULT 0,
    ADD COLUMN next_met       int NOT NULL DEFAULT 0,
    ADD COLUMN next_missed    int NOT NULL DEFAULT 0,
    ADD COLUMN resolve_met    int NOT NULL DEFAULT 0,
    ADD COLUMN resolve_missed int NOT NULL DEFAULT 0;

-- Marks of all tickets get their types and terms.
UPDATE report_state SET revision = '';
