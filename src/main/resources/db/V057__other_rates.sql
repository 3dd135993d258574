-- Every group of requests has a rate on the plans that have rates, so that every answer says what is left (decisions 1.6).
-- The contract is silent on these two; they only protect. What an operator has set stays.
update plans set api_rates = '{"other": 600, "batch": 60}'::jsonb || api_rates where plan in ('mini', 'starter', 'growth');
