-- Where will users lose a service soon: more seats assigned than bought, or seats in their grace period or suspended?
select company_name, sku_name, capability_status, bought, assigned, assigned - bought as too_many, warning, suspended
from reporting.seats
where target_type is distinct from 'Tenant' and assigned > 0 and (assigned > bought or warning > 0 or suspended > 0)
order by greatest(assigned - bought, 0) + coalesce(warning, 0) + coalesce(suspended, 0) desc, company_name, sku_name
limit 100;
