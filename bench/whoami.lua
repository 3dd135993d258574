-- Authenticated requests, each with one of the keys in the file BENCH_KEYS.
local requests = {}
for key in io.lines(os.getenv("BENCH_KEYS")) do
  requests[#requests + 1] = wrk.format("GET", "/api/whoami", {["Authorization"] = "Bearer " .. key})
end
function init() math.randomseed(os.time()) end
function request() return requests[math.random(#requests)] end
function done(summary, latency)
  local bad = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status
  io.write(string.format("RESULT %.0f %.2f %.2f %d %d\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, bad, summary.errors.timeout))
end
