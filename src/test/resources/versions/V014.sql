insert into billing_objects values (id(1), 'sub_1', 'subscription', null, 'cus_1', 'good', 'price_1', '2026-01-02', 0, 'evt_1');
insert into billing_events values (id(1), 'evt_1', 'customer.subscription.created', '2026-01-02', now(), 'plan growth');
