alter table pcmirror.sync_scopes add column due_since timestamptz;
comment on column pcmirror.sync_scopes.due_since is 'when a job made it due: a reading that was asked for earlier does not show what the job did, and settles nothing';

-- A trigger, since readings end in many statements. A mark that is younger than now is from a clock
-- that was set back since; it must not make the scope due for ever.
create function pcmirror.stay_due() returns trigger language plpgsql set search_path = '' as $$
begin
    if new.due_since > new.last_attempt_at and new.due_since <= pg_catalog.clock_timestamp() then
        new.last_attempt_at := null;
        perform pg_catalog.pg_notify('pcmirror_due', new.resource);
    else
        new.due_since := null;
    end if;
    return new;
end
$$;
comment on function pcmirror.stay_due is 'keeps a scope due that was made due while it was being read, and tells the daemons';

create trigger stay_due before update of last_attempt_at on pcmirror.sync_scopes
for each row when (new.due_since is not null and new.last_attempt_at is not null)
execute function pcmirror.stay_due();
