-- The rest of messages: batches, SMS fallback, delivery receipts.

-- A batch is one request of up to 500 messages, and so rarer than single ones.
update plans set api_rates = api_rates || '{"batch": 10}' where api_rates ? 'send' and not api_rates ? 'batch';
