#!/usr/bin/env bash
# The benchmarks. Figures of one run may be compared with each other; this machine's speed is part of each.
set -euo pipefail
cd "$(dirname "$0")/.."
echo "from belay rollback to the last of 1,000 connected pages holding the old flags, whole binary:"
go test ./cmd/belay -run '^$' -bench RollbackReachesEveryPage -benchtime 3x
echo
echo "10,000 open streams at a server with one core: memory, and how fast a change arrives:"
go test ./cmd/belay -run '^$' -bench TenThousandStreams -benchtime 1x
echo
echo "what an answer of the flag doors costs the server, and a large installation:"
go build -o bin/flagbench ./tools/flagbench
bin/flagbench --belay bin/belay
bin/flagbench --belay bin/belay --scale
echo
echo "evaluation, ingest and decisions, in process:"
go test -run '^$' -bench . -benchmem ./internal/flag/... ./internal/stream/... ./internal/protocol/... ./internal/telemetry/... ./internal/store/duckdb/... ./internal/rollout/... ./internal/stats/...
echo
echo "the SDK's first visit:"
node sdk/size.mjs
echo
echo "how often verdicts are wrong and how soon they are right, over made-up worlds whose truth is known:"
go test ./internal/simulate -run '^$' -bench Verdicts -benchtime 1x -timeout 60m
