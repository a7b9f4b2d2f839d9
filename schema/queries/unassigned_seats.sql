-- Which seats are paid for and assigned to nobody, and what may they cost?
-- Prices are not in the mirror: put yours, per seat and month, into the list. Without a price the cost is NULL.
with price (sku_part_number, per_month) as (
    values ('ENTERPRISEPACK', 23.00), ('SPE_E3', 36.00), ('O365_BUSINESS_PREMIUM', 12.50)
)
select s.company_name, s.sku_name, s.bought, s.assigned, s.bought - s.assigned as unassigned,
    round(100.0 * (s.bought - s.assigned) / s.bought) as unassigned_percent,
    (s.bought - s.assigned) * p.per_month as cost_per_month
from reporting.seats s
left join price p using (sku_part_number)
where s.target_type is distinct from 'Tenant' and s.bought > s.assigned
order by cost_per_month desc nulls last, unassigned desc, s.company_name, s.sku_name
limit 100;
