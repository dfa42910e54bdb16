-- +goose Up
-- How an office signs by one kind of channel, where that differs: {"sms": {"sender_name": "", "signature": "Anagrafe"}}.
ALTER TABLE office ADD COLUMN identities jsonb NOT NULL DEFAULT '{}';
