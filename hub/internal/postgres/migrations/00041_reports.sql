-- +goose Up
-- What reports count. All of it is made from tickets, their events and messages, and can be made again at any time; it
-- points nowhere, so that it never stands in the way of anything.

-- One row for each thing that counts in the life of a ticket: that it came, was answered, went to another office, was
-- settled and so on. Times are in seconds.
CREATE TABLE report_mark (
    ticket_id    uuid NOT NULL,
    kind         text NOT NULL,
    at           timestamptz NOT NULL,
    -- the day on the town's clocks
    day          date NOT NULL,
    office_id    uuid NOT NULL,
    channel_kind text NOT NULL,
    request_type text NOT NULL,
    -- how long it took until then, in working time and on the clock
    worked       int NOT NULL,
    elapsed      int NOT NULL,
    -- working time of the stay that ends with it, -1 when none does
    stayed       int NOT NULL,
    -- working time from then until the end of the day
    rest         int NOT NULL,
    -- settled by the office that received it, one of the first level
    first_level  boolean NOT NULL
);
CREATE INDEX report_mark_ticket_idx ON report_mark (ticket_id);
CREATE INDEX report_mark_day_idx ON report_mark (day, kind);

-- The marks of a day together: counts, and the times themselves where their median is asked for.
CREATE TABLE report_cell (
    day            date NOT NULL,
    office_id      uuid NOT NULL,
    channel_kind   text NOT NULL,
    request_type   text NOT NULL,
    received       int NOT NULL,
    answered       int NOT NULL,
    resolved       int NOT NULL,
    first_level    int NOT NULL,
    reopened       int NOT NULL,
    joined         int NOT NULL,
    parted         int NOT NULL,
    came           int NOT NULL,
    went           int NOT NULL,
    -- working time until the end of the day of what the office began to hold, less that of what it ceased to hold
    rest           bigint NOT NULL,
    answer_worked  int[] NOT NULL,
    answer_elapsed int[] NOT NULL,
    settle_worked  int[] NOT NULL,
    settle_elapsed int[] NOT NULL,
    stayed         int[] NOT NULL,
    PRIMARY KEY (day, office_id, channel_kind, request_type)
);

-- Days whose cells are to be made again.
CREATE TABLE report_day (day date PRIMARY KEY);

-- How far it has come.
CREATE TABLE report_state (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    -- of calendars, time zone and first level: everything is made again when they change
    revision    text NOT NULL DEFAULT '',
    -- the last ticket done while everything is made again; null when all are
    built_until uuid,
    -- the newest event looked at
    seen        uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    as_of       timestamptz
);
INSERT INTO report_state DEFAULT VALUES;
