-- How many subscriptions and seats come up for renewal in each of the next twelve months?
select date_trunc('month', last_day)::date as month, count(*) as subscriptions, sum(quantity) as seats,
    count(*) filter (where auto_renew_enabled) as subscriptions_that_renew,
    sum(quantity) filter (where auto_renew_enabled is not true) as seats_that_end
from reporting.subscriptions_ending
where status = 'active' and last_day >= date_trunc('month', now() at time zone 'utc')
    and last_day < date_trunc('month', now() at time zone 'utc') + interval '12 months'
group by month
order by month;
