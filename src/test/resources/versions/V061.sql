insert into campaign_rules values (id(1), 'Example Ltd, 1 Example Street', '2026-01-02');
