-- Which products do our customers use most, and how well?
select sku_part_number, min(sku_name) as sku_name, count(*) as customers, sum(bought) as bought,
    sum(assigned) as assigned, round(100.0 * sum(assigned) / nullif(sum(bought), 0)) as assigned_percent
from reporting.seats
where target_type is distinct from 'Tenant'
group by sku_part_number
order by assigned desc nulls last, sku_part_number
limit 50;
