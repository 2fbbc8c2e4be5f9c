#!/usr/bin/env bash
# Everything that is tested, part by part, with one line each at the end. A part that fails does not hide the next.
set -uo pipefail
cd "$(dirname "$0")/.."
export CI=${CI:-}
passed=0 failed=0 summary=()

part() {
	local name=$1 started=$SECONDS
	shift
	printf '\n==== %s ====\n' "$name"
	if "$@"; then
		passed=$((passed + 1)); summary+=("$(printf 'ok      %-28s %4d s' "$name" $((SECONDS - started)))")
	else
		failed=$((failed + 1)); summary+=("$(printf 'FAILED  %-28s %4d s' "$name" $((SECONDS - started)))")
	fi
}

sdk() {
	local ok=0
	for package in data browser react; do
		(cd sdk/$package && npx -y pnpm@12.21.0 run test) || ok=1
	done
	node sdk/size.mjs || ok=1
	return $ok
}

part "tools" tools/need.sh chromium git
part "build" make --no-print-directory build
part "check" make --no-print-directory check
part "go" go test -count=1 -timeout 15m ./...
part "sdk" sdk
part "console" bash -c 'cd console && npx -y pnpm@12.21.0 run test'
part "end to end" bash -c 'cd e2e && npx -y pnpm@12.21.0 exec playwright test'
part "other vendors' clients" bash -c 'cd e2e/clients && npm ci --no-audit --no-fund --loglevel error && npm test'
part "other vendors' Go clients" bash -c 'cd e2e/clients/go && go vet ./... && go test -count=1 ./...'

if [ -z "${BELAY_ENGINE_TEST_DATA:-}" ]; then
	summary+=("NOT RUN Flagsmith's published engine cases: BELAY_ENGINE_TEST_DATA does not name their folder")
fi
printf '\n'
printf '%s\n' "${summary[@]}"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
