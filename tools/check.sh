#!/usr/bin/env bash
# Everything a machine can check without running the product: format, lint, types, rings, freshness of generated files.
set -euo pipefail
cd "$(dirname "$0")/.."
pnpm() { npx -y pnpm@12.21.0 "$@"; }
step() { printf 'check: %s\n' "$1"; }

step "Go format"
unformatted=$(gofmt -l cmd internal siteproof/server console e2e/clients/seed e2e/clients/go)
[ -z "$unformatted" ] || { echo "not formatted: $unformatted (run gofmt -w on them)" >&2; exit 1; }
step "Go modules tidy"
go mod tidy -diff
step "Go lint"
bin/golangci-lint run ./...
step "rings"
go test -count=1 ./internal/rings/
step "TypeScript lint and format"
pnpm exec biome check .
step "TypeScript types"
pnpm -r --workspace-concurrency=1 run type-check
step "api/openapi.yaml is fresh"
go run ./cmd/belay openapi | diff -u api/openapi.yaml - || { echo "api/openapi.yaml is stale: run make docs" >&2; exit 1; }
step "api/belay-file.schema.json is fresh"
go run ./cmd/belay schema | diff -u api/belay-file.schema.json - || { echo "api/belay-file.schema.json is stale: run make docs" >&2; exit 1; }
step "api/policy.schema.json is fresh"
go run ./cmd/belay policy schema | diff -u api/policy.schema.json - || { echo "api/policy.schema.json is stale: run make docs" >&2; exit 1; }
