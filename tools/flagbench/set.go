package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"time"

	"github.com/siteproof/belay/internal/change"
	belay "github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/tenant"
)

const reason = "the benchmark needs it"

var nobody = change.Actor{Kind: change.System, ID: "flagbench", Name: "flagbench"}

// plane is a control plane that no server has opened.
type plane struct {
	db    *sqldb.DB
	flags *belay.Service
	env   tenant.Environment
}

func openPlane(ctx context.Context, dir string) (*plane, error) {
	db, err := sqldb.Open(ctx, sqldb.Options{Path: filepath.Join(dir, "control.sqlite"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	journal, err := change.NewJournal(ctx, db, time.Now)
	if err != nil {
		return nil, err
	}
	tenants := tenant.New(sqldb.NewTenants(db), journal)
	if err := tenants.EnsureFirst(ctx, nobody, tenant.FirstNames{
		Organisation: "o", Project: "p", Environments: []tenant.FirstEnvironment{{Key: "production", Name: "Production"}},
	}); err != nil {
		return nil, err
	}
	env, err := tenants.Find("production")
	if err != nil {
		return nil, err
	}
	flags := belay.New(belay.Options{Store: sqldb.NewFlags(db), Journal: journal, Logger: slog.New(slog.DiscardHandler)})
	if err := flags.Load(ctx); err != nil {
		return nil, err
	}
	journal.Subscribe("flags", flags.Refresh)
	return &plane{db, flags, env}, nil
}

// seed makes the set of flags that servers are compared on: 40 plain, 30 split, 20 targeted, 10 with variants.
func seed(ctx context.Context, dir string) (tenant.Environment, error) {
	p, err := openPlane(ctx, dir)
	if err != nil {
		return tenant.Environment{}, err
	}
	defer func() { _ = p.db.Close() }()
	var operations []belay.Operation
	for i := range 20 {
		operations = append(operations, belay.PutSegment(belay.Segment{Key: fmt.Sprintf("segment-%02d", i), Rules: []belay.Rule{{Type: "ALL", Conditions: []belay.Condition{
			{Property: "country", Operator: "IN", Value: "DE,FR,IT"}, {Property: "age", Operator: "GREATER_THAN_INCLUSIVE", Value: fmt.Sprint(18 + i)},
		}}}}))
	}
	for i := range 100 {
		f := belay.Flag{Key: fmt.Sprintf("flag-%03d", i), Type: belay.Boolean, Enabled: i%2 == 0 || i >= 40}
		switch {
		case i >= 90:
			f.Type, f.Value = belay.String, []byte(`"red"`)
			f.Variants = []belay.Variant{{Key: "blue", Value: []byte(`"blue"`), Weight: 30}, {Key: "green", Value: []byte(`"green"`), Weight: 30}}
		case i >= 70:
			f.Segments = []belay.Override{{For: fmt.Sprintf("segment-%02d", i-70), Priority: 1, Enabled: i%2 != 0}}
		}
		operations = append(operations, belay.PutFlag(f))
	}
	if _, err := p.flags.Apply(ctx, nobody, reason, p.env.ID, belay.AnyRevision, operations); err != nil {
		return p.env, err
	}
	for i := 40; i < 70; i++ {
		split := &belay.Split{Rollout: fmt.Sprint("rol_", i), Salt: fmt.Sprint(4_000_000 + i), Percent: float64(i)}
		if _, err := p.flags.SetSplit(ctx, nobody, reason, p.env.ID, fmt.Sprintf("flag-%03d", i), split); err != nil {
			return p.env, err
		}
	}
	return p.env, nil
}

func post(path, header, body string) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: belay\r\nContent-Type: application/json\r\nAccept: */*\r\nUser-Agent: flagbench\r\n%s\r\nContent-Length: %d\r\n\r\n%s",
		path, header, len(body), body)
}

// traits are those of a visitor; every number is another one.
func visitor(n int) (identifier, country string, age int) {
	countries := []string{"DE", "FR", "IT", "US", "GB", "PL", "ES", "SE"}
	h := uint64(n+1) * 0x9e3779b97f4a7c15                                     //nolint:gosec // spreads numbers
	return fmt.Sprintf("usr_%016x", h), countries[h>>40%8], int(h >> 50 % 80) //nolint:gosec // below 80
}

func ofrepBody(n int) string {
	identifier, country, age := visitor(n)
	return fmt.Sprintf(`{"context":{"targetingKey":%q,"country":%q,"age":%d,"plan":"pro","beta":true}}`, identifier, country, age)
}

func ofrepOne(e tenant.Environment) func(int) []byte {
	return func(n int) []byte {
		return post("/ofrep/v1/evaluate/flags/flag-075", "Authorization: Bearer "+e.ClientKey, ofrepBody(n))
	}
}

func ofrepBulk(e tenant.Environment) func(int) []byte {
	return func(n int) []byte {
		return post("/ofrep/v1/evaluate/flags", "Authorization: Bearer "+e.ClientKey, ofrepBody(n))
	}
}

// revalidation asks again with the tag that each of some visitors was given.
func revalidation(address string, e tenant.Environment) (func(int) []byte, error) {
	const visitors = 64
	var asks [visitors][]byte
	for n := range visitors {
		answer, err := once(address, ofrepBulk(e)(n))
		if err != nil {
			return nil, err
		}
		response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(answer)), nil)
		if err != nil {
			return nil, err
		}
		_ = response.Body.Close()
		asks[n] = post("/ofrep/v1/evaluate/flags", "Authorization: Bearer "+e.ClientKey+"\r\nIf-None-Match: "+response.Header.Get("ETag"), ofrepBody(n))
	}
	return func(n int) []byte { return asks[n%visitors] }, nil
}

func identitiesNew(e tenant.Environment) func(int) []byte {
	return func(n int) []byte {
		identifier, _, _ := visitor(n)
		return post("/api/v1/identities/", "X-Environment-Key: "+e.ClientKey, fmt.Sprintf(`{"identifier":%q,"traits":[]}`, identifier))
	}
}

func identitiesKept(e tenant.Environment) func(int) []byte {
	const visitors = 500
	return func(n int) []byte {
		identifier, country, age := visitor(n % visitors)
		return post("/api/v1/identities/", "X-Environment-Key: "+e.ClientKey, fmt.Sprintf(
			`{"identifier":%q,"traits":[{"trait_key":"country","trait_value":%q},{"trait_key":"age","trait_value":%d}]}`, "kept-"+identifier, country, age))
	}
}
