// Other vendors' Go clients have a module of their own, so that Belay does not depend on them.
module github.com/siteproof/belay/e2e/clients/go

go 1.26.0

require (
	github.com/Flagsmith/flagsmith-go-client/v4 v4.4.0
	github.com/open-feature/go-sdk v1.20.0
	github.com/open-feature/go-sdk-contrib/providers/ofrep v0.1.7
)

require (
	github.com/blang/semver/v4 v4.0.0 // indirect
	github.com/go-resty/resty/v2 v2.16.5 // indirect
	github.com/itlightning/dateparse v0.2.1 // indirect
	go.uber.org/mock v0.6.0 // indirect
	golang.org/x/exp v0.0.0-20230713183714-613f0c0eb8a1 // indirect
	golang.org/x/net v0.33.0 // indirect
)
