-- How much of each table is up to date: customers verified within a day, and those in trouble?
select resource, count(*) filter (where state <> 'excluded') as customers,
    count(*) filter (where state = 'ok' and age <= interval '1 day') as verified_within_a_day,
    count(*) filter (where state = 'failing') as failing, count(*) filter (where state = 'refused') as refused,
    count(*) filter (where state = 'held') as held, count(*) filter (where state = 'excluded') as excluded,
    min(last_verified) filter (where state <> 'excluded') as oldest
from reporting.freshness
group by resource
order by resource;
