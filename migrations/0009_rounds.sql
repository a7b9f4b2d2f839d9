create table pcmirror.rounds (
    resource text primary key,
    started_at timestamptz not null,
    due_at timestamptz not null
) with (fillfactor = 50);
comment on table pcmirror.rounds is 'the current round of each resource: once in its interval every scope is asked, by whichever daemons there are';
comment on column pcmirror.rounds.resource is 'the table in partner_center';
comment on column pcmirror.rounds.started_at is 'when the first daemon began it; what was asked for since then is done';
comment on column pcmirror.rounds.due_at is 'when it was due, jitter left out: the next one is due an interval later';
