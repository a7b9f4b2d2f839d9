create table partner_center.customers (
    customer_id uuid not null,
    company_name text,
    domain text,
    tenant_id uuid,
    relationship_to_partner text,
    email text,
    address jsonb,
    custom_domains text[],
    extra jsonb,
    first_seen_at timestamptz not null default now(),
    changed_at timestamptz not null default now(),
    primary key (customer_id)
);
