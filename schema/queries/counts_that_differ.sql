-- For which products does the service count other users than the mirror lists?
-- What is gone tomorrow came from reading the two at different times. verified says how old each side is.
select s.company_name, s.sku_name, s.assigned, s.assigned_by_our_count, s.difference, s.inactive_holders,
    k.last_verified as seats_verified, l.last_verified as licenses_verified
from reporting.seats s
left join reporting.freshness k on k.customer_id = s.customer_id and k.resource = 'subscribed_skus'
left join reporting.freshness l on l.customer_id = s.customer_id and l.resource = 'user_licenses'
where s.difference <> 0
order by abs(s.difference) desc, s.company_name, s.sku_name
limit 100;
