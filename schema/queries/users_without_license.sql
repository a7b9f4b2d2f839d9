-- Which customers have users without any license, and how many?
-- Only users whose licenses were read are counted. Without a usage location no license can be assigned.
select company_name, count(*) as users, count(*) filter (where usage_location is null) as without_usage_location,
    max(first_seen_at) as newest_first_seen_at
from reporting.users_without_license
group by customer_id, company_name
order by users desc, company_name
limit 100;
