alter table pcmirror.sync_runs add column guarded_deletes bigint not null default 0;
comment on column pcmirror.sync_runs.guarded_deletes is 'rows that listings lacked and that it deleted within the limits of delete_guard; the passes beside it count them as their own';
comment on column pcmirror.sync_runs.scopes_ok is 'scopes whose reading was applied';
comment on column pcmirror.sync_runs.scopes_failed is 'readings that failed; a scope that is tried again in the same pass counts each time';
