-- Which subscriptions end within the next 30 days and do not renew by themselves?
-- days_left 0 is today, in UTC: the last day of the term.
select last_day, days_left, company_name, coalesce(friendly_name, offer_name) as subscription, quantity, status,
    is_trial, subscription_id
from reporting.subscriptions_ending
where days_left between 0 and 30 and auto_renew_enabled is not true
order by last_day, company_name, subscription;
