-- The same request without a key, BENCH_PATH, again and again: what an answer costs by itself.
local path = os.getenv("BENCH_PATH")
local formatted
function request()
  formatted = formatted or wrk.format("GET", path)
  return formatted
end
function done(summary, latency)
  local bad = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status
  io.write(string.format("RESULT %.0f %.2f %.2f %d %d\n", summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, bad, summary.errors.timeout))
end
