-- Which users are listed with a license of a product that their customer no longer has?
-- Left over from a product that ended, or read before it did: look at the dates of both in reporting.freshness.
select c.company_name, u.user_principal_name, coalesce(l.sku_name, l.sku_part_number, l.sku_id) as product,
    l.changed_at
from partner_center.user_licenses l
join partner_center.customers c using (customer_id)
left join partner_center.users u using (customer_id, user_id)
where not exists (select from partner_center.subscribed_skus s
                  where s.customer_id = l.customer_id and s.sku_id = l.sku_id)
    and exists (select from reporting.freshness f
                where f.customer_id = l.customer_id and f.resource = 'subscribed_skus' and f.state = 'ok'
                    and f.last_verified is not null)
order by c.company_name, u.user_principal_name, product
limit 100;
