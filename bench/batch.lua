-- Bulk sends: a hundred messages in each call, each with a text of its own, to a thousand people. BENCH_KEYS as in post.lua.
local keys = {}
for line in io.lines(os.getenv("BENCH_KEYS")) do keys[#keys + 1] = line end
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end
local count = 0
function request()
  count = count + 1
  local messages = {}
  for i = 1, 100 do
    messages[i] = string.format(
      '{"message":"Hello number %d, this is a message of about one hundred and sixty characters, as people write them when they want an answer soon.",' ..
      '"recipientEmail":"p%d@example.com","recipientName":"Pat Example","scheduledDate":"2100-01-01T00:00:00Z"}',
      number * 1000000000 + count * 100 + i, (count * 100 + i) % 1000)
  end
  return wrk.format("POST", "/api/messages/batch",
    {["Authorization"] = "Bearer " .. keys[count % #keys + 1], ["Content-Type"] = "application/json"},
    '{"messages":[' .. table.concat(messages, ",") .. ']}')
end
function done(summary, latency)
  local bad = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status
  io.write(string.format("RESULT %.0f %.2f %.2f %d %d\n", summary.requests / (summary.duration / 1e6) * 100,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, bad, summary.errors.timeout))
end
