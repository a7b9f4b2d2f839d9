-- Which deleted users still hold licenses, and until when can they be restored?
-- The list of products tells what comes back with the user, or what could be freed.
select company_name, user_principal_name, display_name, soft_deletion_time, gone_for_good_at,
    count(*) as licenses, string_agg(coalesce(sku_name, sku_part_number, sku_id), ', ' order by sku_name) as products
from reporting.licenses_of_inactive_users
group by customer_id, company_name, user_id, user_principal_name, display_name, soft_deletion_time, gone_for_good_at
order by gone_for_good_at, company_name, user_principal_name;
