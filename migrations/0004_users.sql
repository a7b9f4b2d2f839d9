create table partner_center.users (
    customer_id uuid not null,
    user_id uuid not null,
    user_principal_name text,
    display_name text,
    first_name text,
    last_name text,
    usage_location text,
    user_domain_type text,
    state text,
    soft_deletion_time timestamptz,
    last_directory_sync_time timestamptz,
    immutable_id text,
    phone_number text,
    extra jsonb,
    first_seen_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    primary key (customer_id, user_id)
);
