-- How large is each customer: subscriptions, seats, users, and seats that are idle?
select c.company_name, c.domain, coalesce(b.subscriptions, 0) as subscriptions, coalesce(u.users, 0) as users,
    s.bought, s.assigned, s.idle
from partner_center.customers c
left join (select customer_id, count(*) as subscriptions from partner_center.subscriptions
           where status = 'active' group by customer_id) b using (customer_id)
left join (select customer_id, count(*) as users from partner_center.users
           where state is distinct from 'inactive' group by customer_id) u using (customer_id)
left join (select customer_id, sum(bought) as bought, sum(assigned) as assigned,
               sum(greatest(bought - assigned, 0)) as idle
           from reporting.seats where target_type is distinct from 'Tenant' group by customer_id) s using (customer_id)
order by users desc, c.company_name
limit 100;
