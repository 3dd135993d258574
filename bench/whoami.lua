-- Authenticated requests, each with one of the keys in the file BENCH_KEYS.
local requests = {}
for key in io.lines(os.getenv("BENCH_KEYS")) do
  requests[#requests + 1] = {"/api/whoami", {["Authorization"] = "Bearer " .. key}}
end
function init() math.randomseed(os.time()) end
-- Formatted here, once, and not when the file is read: only now does wrk know the Host header.
function request()
  local call = requests[math.random(#requests)]
  call[3] = call[3] or wrk.format("GET", call[1], call[2])
  return call[3]
end
function done(summary, latency)
  local bad = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status
  io.write(string.format("RESULT %.0f %.2f %.2f %d %d\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, bad, summary.errors.timeout))
end
