-- +goose Up
-- An address may belong to a contact whom the operator who adds it to another one does not see. To refuse it would tell that the
-- contact is there, so it stands on the card beside the owner's: it says nothing of its own about who writes from it, and whoever
-- sees both contacts finds them among the duplicates. In storage it is shared, for the one index that makes owners unique.
ALTER TABLE contact_address ADD COLUMN aside boolean NOT NULL DEFAULT false CHECK (shared OR NOT aside);
