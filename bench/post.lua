-- Durable sends, each with a text of its own. BENCH_KEYS names a file with one key a line; BENCH_PEOPLE is how many
-- people of each workspace are written to in turn (0: every send goes to somebody new, and creates a lead).
local keys = {}
for line in io.lines(os.getenv("BENCH_KEYS")) do keys[#keys + 1] = line end
local threads = 0
function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end
local count = 0
local run = tonumber(os.getenv("BENCH_RUN"))
local people = tonumber(os.getenv("BENCH_PEOPLE") or "0")
function request()
  count = count + 1
  local text = run * 100000000 + number * 10000000 + count
  local person = people > 0 and math.floor(count / #keys) % people or text
  local body = string.format(
    '{"message":"Hello number %d, this is a message of about one hundred and sixty characters, as people write them when they want an answer soon.",' ..
    '"recipientEmail":"p%d@example.com","recipientName":"Pat Example","scheduledDate":"2100-01-01T00:00:00Z"}', text, person)
  return wrk.format("POST", "/api/messages",
    {["Authorization"] = "Bearer " .. keys[count % #keys + 1], ["Content-Type"] = "application/json"}, body)
end
function done(summary, latency)
  local bad = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status
  io.write(string.format("RESULT %.0f %.2f %.2f %d %d\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, bad, summary.errors.timeout))
end
