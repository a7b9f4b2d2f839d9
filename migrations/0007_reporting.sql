-- Views for analysts. They run with their owner's rights, so that an analyst sees here, and only here, what
-- the schema pcmirror knows of freshness. Their columns are public: new ones come at the end.
--
-- The licenses of a user are known when those of the customer are being read, the reading of all of them, where
-- it is still under way, has passed the user (it follows user_id), and nothing is owed for the user.

create view reporting.seats as
select s.customer_id, c.company_name, s.sku_id, s.sku_name, s.sku_part_number, s.license_group_id, s.target_type,
    s.total_units as bought,
    s.consumed_units as assigned,
    s.available_units as available,
    s.warning_units as warning,
    s.suspended_units as suspended,
    s.capability_status,
    counted.holders as assigned_by_our_count,
    counted.inactive_holders,
    case when s.target_type is distinct from 'Tenant' then s.consumed_units - counted.holders end as difference
from partner_center.subscribed_skus s
left join partner_center.customers c on c.customer_id = s.customer_id
left join pcmirror.row_reads r on r.customer_id = s.customer_id and r.resource = 'user_licenses' and not r.whole
    and not exists (select from pcmirror.owed_reads o
                    where o.customer_id = s.customer_id and o.resource = 'user_licenses' and o.again)
left join (select l.customer_id, l.sku_id, count(*) as holders, count(u.user_id) as inactive_holders
           from partner_center.user_licenses l
           left join partner_center.users u
               on u.customer_id = l.customer_id and u.user_id = l.user_id and u.state = 'inactive'
           group by l.customer_id, l.sku_id) held
    on held.customer_id = s.customer_id and held.sku_id = s.sku_id
cross join lateral (
    select case when r.customer_id is not null then coalesce(held.holders, 0) end as holders,
        case when r.customer_id is not null then coalesce(held.inactive_holders, 0) end as inactive_holders
) counted;

comment on view reporting.seats is
    'one row per customer and product (SKU) that it has: seats bought, seats assigned, and how many holders the mirror knows. Licenses of a product that the customer no longer has are in partner_center.user_licenses only';
comment on column reporting.seats.customer_id is 'customer that has the product';
comment on column reporting.seats.company_name is 'name of the customer';
comment on column reporting.seats.sku_id is 'id of the SKU, as in partner_center.user_licenses';
comment on column reporting.seats.sku_name is 'name of the product';
comment on column reporting.seats.sku_part_number is 'part number, such as ENTERPRISEPACK';
comment on column reporting.seats.license_group_id is 'group1: managed by the directory; group2: Minecraft';
comment on column reporting.seats.target_type is 'User, or Tenant: for the customer as a whole, assigned to nobody';
comment on column reporting.seats.bought is
    'seats that can be used: paid ones, and those of expired subscriptions in their grace period (warning). Suspended seats are not among them';
comment on column reporting.seats.assigned is 'seats in use, as the service counts them';
comment on column reporting.seats.available is
    'seats that can still be assigned, as the service says: bought less assigned; negative where more are assigned than bought';
comment on column reporting.seats.warning is 'of those bought: seats of expired subscriptions, usable for a while';
comment on column reporting.seats.suspended is 'seats of suspended subscriptions, on top of those bought';
comment on column reporting.seats.capability_status is 'Enabled, Warning, Suspended, ...';
comment on column reporting.seats.assigned_by_our_count is
    'users that hold the product by partner_center.user_licenses, inactive ones included; NULL until the licenses of all of the customer''s users were read, while all are read anew, and while some can not be read';
comment on column reporting.seats.inactive_holders is
    'of those counted: users that are deleted and still restorable; see reporting.licenses_of_inactive_users';
comment on column reporting.seats.difference is
    'assigned less our count: 0 when both agree. What passes comes from reading the two at different times; what lasts is the service''s own. NULL where our count is, and for products that are assigned to nobody (target_type Tenant)';

-- No NOT EXISTS on the licenses: the planner multiplies the selectivities of customer and user, takes the result
-- for nearly empty, and puts loops over whole tables on top of it. The constant hides the anti-join; the CASE keeps
-- the second look to users without a license.
create view reporting.users_without_license as
select u.customer_id, c.company_name, u.user_id, u.user_principal_name, u.display_name, u.usage_location,
    u.first_seen_at
from partner_center.users u
join pcmirror.row_reads r on r.customer_id = u.customer_id and r.resource = 'user_licenses'
left join partner_center.customers c on c.customer_id = u.customer_id
left join (select l.customer_id, l.user_id, true as found from partner_center.user_licenses l) license
    on license.customer_id = u.customer_id and license.user_id = u.user_id
where u.state is distinct from 'inactive'
    and (not r.whole or u.user_id::text <= r.read_to collate "C")
    and case when license.found is null
        then not exists (select from pcmirror.owed_reads o
                         where o.customer_id = u.customer_id and o.resource = 'user_licenses'
                             and o.row_id = u.user_id::text) end;

comment on view reporting.users_without_license is
    'active users that hold no license. Only users whose licenses were read: customers whose licenses were never read, and users still to be asked about, are not here';
comment on column reporting.users_without_license.customer_id is 'customer of the user';
comment on column reporting.users_without_license.company_name is 'name of the customer';
comment on column reporting.users_without_license.user_id is 'id of the user in the directory';
comment on column reporting.users_without_license.user_principal_name is 'sign-in name';
comment on column reporting.users_without_license.display_name is 'name as it is shown';
comment on column reporting.users_without_license.usage_location is
    'country of use; NULL: no license can be assigned until it is set';
comment on column reporting.users_without_license.first_seen_at is 'when the mirror first saw the user';

-- The fence (offset 0) is for the planner, which otherwise expects next to no row of this join, too.
create view reporting.licenses_of_inactive_users as
select u.customer_id, c.company_name, u.user_id, u.user_principal_name, u.display_name,
    l.sku_id, l.sku_name, l.sku_part_number,
    u.soft_deletion_time,
    u.soft_deletion_time + interval '720 hours' as gone_for_good_at
from partner_center.users u
cross join lateral (select h.sku_id, h.sku_name, h.sku_part_number from partner_center.user_licenses h
                    where h.customer_id = u.customer_id and h.user_id = u.user_id offset 0) l
left join partner_center.customers c on c.customer_id = u.customer_id
where u.state = 'inactive';

comment on view reporting.licenses_of_inactive_users is
    'licenses that the mirror knows of users that are deleted and still restorable: one row per user and product. They were read when the user was last asked about, and may have been freed since';
comment on column reporting.licenses_of_inactive_users.customer_id is 'customer of the user';
comment on column reporting.licenses_of_inactive_users.company_name is 'name of the customer';
comment on column reporting.licenses_of_inactive_users.user_id is 'id of the user in the directory';
comment on column reporting.licenses_of_inactive_users.user_principal_name is
    'sign-in name; the directory may have altered it when the user was deleted';
comment on column reporting.licenses_of_inactive_users.display_name is 'name as it is shown';
comment on column reporting.licenses_of_inactive_users.sku_id is 'id of the SKU';
comment on column reporting.licenses_of_inactive_users.sku_name is 'name of the product';
comment on column reporting.licenses_of_inactive_users.sku_part_number is 'part number, such as ENTERPRISEPACK';
comment on column reporting.licenses_of_inactive_users.soft_deletion_time is 'when the user was deleted';
comment on column reporting.licenses_of_inactive_users.gone_for_good_at is
    'when the user can no longer be restored: 30 days after the deletion; NULL where that is not known';

-- Offers of new commerce are named product:sku:availability, older ones by a GUID or an MS-AZR number.
create view reporting.subscriptions_ending as
select s.customer_id, c.company_name, s.subscription_id, s.friendly_name, s.offer_id, s.offer_name, s.quantity,
    s.status, s.auto_renew_enabled, s.is_trial, s.term_duration, s.billing_cycle,
    term.last_day,
    term.ends_at,
    term.last_day - (now() at time zone 'utc')::date as days_left
from partner_center.subscriptions s
left join partner_center.customers c on c.customer_id = s.customer_id
cross join lateral (
    select s.offer_id like '%:%' as new_commerce, date_trunc('day', s.commitment_end_date, 'utc') as midnight
) stated
cross join lateral (
    select case when s.commitment_end_date_time is not null then s.commitment_end_date_time
                when stated.new_commerce then stated.midnight + interval '24 hours' - interval '1 microsecond'
                else s.commitment_end_date end as ends_at,
        case when s.commitment_end_date_time is not null
                then ((s.commitment_end_date_time - interval '1 microsecond') at time zone 'utc')::date
             when stated.new_commerce then (stated.midnight at time zone 'utc')::date
             else (stated.midnight at time zone 'utc')::date - 1 end as last_day
) term
where term.ends_at < '9999-01-01 00:00:00+00'
    and (s.status is null or s.status not in ('deleted', 'expired', 'disabled'));

comment on view reporting.subscriptions_ending is
    'subscriptions whose term has an end and that have not ended: every status but deleted, expired and disabled. Usage-based ones, which have no end (year 9999, or none), are not here. Those with auto-renewal are: see auto_renew_enabled';
comment on column reporting.subscriptions_ending.customer_id is 'customer that it belongs to';
comment on column reporting.subscriptions_ending.company_name is 'name of the customer';
comment on column reporting.subscriptions_ending.subscription_id is 'id of the subscription';
comment on column reporting.subscriptions_ending.friendly_name is 'name that the partner gave it';
comment on column reporting.subscriptions_ending.offer_id is
    'offer; product:sku:availability is new commerce, anything else is older';
comment on column reporting.subscriptions_ending.offer_name is 'name of the offer';
comment on column reporting.subscriptions_ending.quantity is 'number of seats or units';
comment on column reporting.subscriptions_ending.status is 'active, suspended, pending, ...';
comment on column reporting.subscriptions_ending.auto_renew_enabled is
    'true: a new term follows by itself; false: it ends';
comment on column reporting.subscriptions_ending.is_trial is 'whether it is a trial';
comment on column reporting.subscriptions_ending.term_duration is 'length of the term, ISO 8601: P1M, P1Y, P3Y';
comment on column reporting.subscriptions_ending.billing_cycle is 'monthly, annual, ...';
comment on column reporting.subscriptions_ending.last_day is
    'last day of the term, in UTC: the day of commitment_end_date in new commerce, the day before it for older offers';
comment on column reporting.subscriptions_ending.ends_at is
    'the moment: commitment_end_date_time, where the service gives it; else the end of last_day in new commerce, and commitment_end_date as it stands for older offers';
comment on column reporting.subscriptions_ending.days_left is
    'days from today, in UTC, to last_day; 0: today is the last; negative: it is over, and the service has not said so yet';

create view reporting.freshness as
select s.resource, s.customer_id, c.company_name,
    s.last_success_at as last_verified,
    now() - s.last_success_at as age,
    s.state,
    case when s.state = 'excluded' then null
         when s.last_success_at is null then coalesce(c.first_seen_at, mirror.made_at)
         when s.state <> 'ok' then s.last_success_at end as unverified_since,
    case when s.state in ('failing', 'refused', 'held') then s.last_error
         when s.state = 'ok' and s.last_success_at is null then 'not read yet' end as reason
from pcmirror.sync_scopes s
left join partner_center.customers c on c.customer_id = s.customer_id
cross join (select min(m.applied_at) as made_at from pcmirror.schema_migrations m) mirror;

comment on view reporting.freshness is
    'how far each table can be trusted, customer by customer: one row per resource and customer, from the first pass on that meets the customer';
comment on column reporting.freshness.resource is 'the table in partner_center';
comment on column reporting.freshness.customer_id is
    'customer; NULL: the resource is the partner''s own, such as the list of customers';
comment on column reporting.freshness.company_name is 'name of the customer';
comment on column reporting.freshness.last_verified is
    'the rows are as the service had them then; NULL: never read';
comment on column reporting.freshness.age is 'time since last_verified; NULL: never read';
comment on column reporting.freshness.state is
    'ok; failing: the last reading failed; refused: the service denies access, and is asked again daily; held: deletes wait for an operator; excluded: by the configuration, not kept up to date';
comment on column reporting.freshness.unverified_since is
    'since when nothing vouches for the rows: last_verified where the last reading was not ok, the first sight of the customer (of the partner''s own: the making of the mirror) where there never was one; NULL: the last reading was ok, or none is wanted';
comment on column reporting.freshness.reason is 'why the last reading was not ok';
