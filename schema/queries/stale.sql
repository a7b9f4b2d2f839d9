-- What in the mirror is not to be trusted now, since when, and why?
-- Besides what fails, was refused or is held: whatever nobody has looked at for a day. Excluded customers are not
-- listed, since they are meant to be stale.
select resource, company_name, state, last_verified, unverified_since, age, reason
from reporting.freshness
where unverified_since is not null or (state = 'ok' and age > interval '1 day')
order by coalesce(unverified_since, last_verified), resource, company_name;
