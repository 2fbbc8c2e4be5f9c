# The verbs of this repository. `make` alone lists them.
SHELL := /bin/bash
PNPM := npx -y pnpm@12.21.0
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X github.com/siteproof/belay/internal/app.Version=$(VERSION)
GO_SOURCES := $(shell find cmd internal siteproof/server console/embed.go siteproof/embed.go -name '*.go' 2>/dev/null)
WEB_SOURCES = $(shell find $(1)/src $(1)/web sdk/*/src $(1)/index.html $(1)/vite.config.ts -type f 2>/dev/null)

.PHONY: help
help: ## list the verbs
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | while IFS=$$'\t' read -r verb text; do printf '  make %-10s %s\n' "$$verb" "$$text"; done

.PHONY: demo
demo: build ## Belay, SiteProof and visitors: a rollout to watch and to break in a browser
	bin/belay demo --siteproof bin/siteproof

.PHONY: test
test: ## everything: checks, Go, SDK in Chromium, the binary end to end (.ci/run calls this)
	tools/test.sh

.PHONY: check
check: node_modules/.installed bin/golangci-lint ## lint, types, rings, generated files fresh
	tools/check.sh

.PHONY: bench
bench: build ## the benchmarks
	tools/bench.sh

.PHONY: build
build: bin/belay bin/siteproof ## both programs, with their web front ends inside

.PHONY: e2e
e2e: build ## the binary in a real browser
	tools/need.sh chromium
	cd e2e && $(PNPM) exec playwright test

.PHONY: docs
docs: build ## the pictures in docs/images and what api/ holds
	bin/belay openapi > api/openapi.yaml
	bin/belay schema > api/belay-file.schema.json
	bin/belay policy schema > api/policy.schema.json
	tools/need.sh chromium
	cd e2e && $(PNPM) exec playwright test --config pictures.config.ts

.PHONY: dev
dev: bin/belay node_modules/.installed ## the console with hot reload, against a Belay at 127.0.0.1:7400
	cd console && $(PNPM) exec vite

bin/belay: $(GO_SOURCES) go.mod go.sum console/dist/index.html
	@mkdir -p bin
	go build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/belay

bin/siteproof: $(GO_SOURCES) go.mod go.sum siteproof/dist/index.html
	@mkdir -p bin
	go build -trimpath -ldflags '-s -w' -o $@ ./siteproof/server

console/dist/index.html: node_modules/.installed $(call WEB_SOURCES,console)
	cd console && $(PNPM) run build

siteproof/dist/index.html: node_modules/.installed $(call WEB_SOURCES,siteproof)
	cd siteproof && $(PNPM) run build

node_modules/.installed: package.json pnpm-lock.yaml pnpm-workspace.yaml $(wildcard */package.json sdk/*/package.json)
	$(PNPM) install --frozen-lockfile
	@touch $@

bin/golangci-lint: tools/lint/go.mod tools/lint/go.sum
	@mkdir -p bin
	cd tools/lint && go build -o ../../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint

.PHONY: clean
clean: ## forget what was built
	rm -rf bin var siteproof/dist
	find console/dist -mindepth 1 ! -name .gitkeep -delete
