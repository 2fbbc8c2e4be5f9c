// Command seed fills a data folder with segments, variants and overrides before Belay serves it, for the tests of other
// vendors' clients.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/tenant"
)

func main() {
	if err := seed(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func seed(ctx context.Context, folder string) error {
	quiet := slog.New(slog.DiscardHandler)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	db, err := sqldb.Open(ctx, sqldb.Options{Path: filepath.Join(folder, "control.sqlite"), Logger: quiet})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	journal, err := change.NewJournal(ctx, db, time.Now)
	if err != nil {
		return err
	}
	actor, reason := change.Actor{Kind: change.System, ID: "seed", Name: "Seed"}, "a test needs it"
	tenants := tenant.New(sqldb.NewTenants(db), journal)
	if err := tenants.EnsureFirst(ctx, actor, tenant.FirstNames{
		Organisation: "SiteProof", Project: "SiteProof",
		Environments: []tenant.FirstEnvironment{{Key: "production", Name: "Production"}, {Key: "staging", Name: "Staging"}},
	}); err != nil {
		return err
	}
	environment, err := tenants.Find("production")
	if err != nil {
		return err
	}
	flags := flag.New(flag.Options{Store: sqldb.NewFlags(db), Journal: journal, Logger: quiet})
	if _, err := flags.PutSegment(ctx, actor, reason, flag.Segment{
		EnvironmentID: environment.ID, Key: "pros",
		Rules: []flag.Rule{{Type: "ALL", Rules: []flag.Rule{{Type: "ANY", Conditions: []flag.Condition{
			{Property: "plan", Operator: "EQUAL", Value: "pro"}, {Property: "age", Operator: "GREATER_THAN", Value: "60"},
		}}}}},
	}); err != nil {
		return err
	}
	for _, f := range []flag.Flag{
		{Key: "design-system-v2", Type: flag.Boolean, Enabled: true, Identities: []flag.Override{{For: "tester", Enabled: true}, {For: "refuser"}}},
		{Key: "ncr-form", Type: flag.Boolean, Enabled: true, Parent: "design-system-v2"},
		{Key: "itp-form", Type: flag.Boolean, Enabled: false, Parent: "design-system-v2"},
		{
			Key: "diary", Type: flag.String, Enabled: true, Value: []byte(`"plain"`), Parent: "design-system-v2",
			Segments: []flag.Override{{For: "pros", Priority: 1, Enabled: true, Value: []byte(`"rich"`)}},
		},
		{Key: "banner", Type: flag.String, Enabled: true, Value: []byte(`"hello"`)},
		{Key: "photos", Type: flag.Number, Enabled: true, Value: []byte(`3`), Segments: []flag.Override{{For: "pros", Priority: 1, Enabled: true, Value: []byte(`30`)}}},
		{
			Key: "cta", Type: flag.String, Enabled: true, Value: []byte(`"plain"`),
			Variants: []flag.Variant{{Key: "small", Value: []byte(`"Small"`), Weight: 30}, {Key: "big", Value: []byte(`"Big"`), Weight: 30}},
		},
		{Key: "vip", Type: flag.Boolean, Enabled: false, Identities: []flag.Override{{For: "alice", Enabled: true}}},
		{Key: "secret", Type: flag.Boolean, Enabled: true, ServerOnly: true},
	} {
		f.EnvironmentID = environment.ID
		if _, err := flags.Create(ctx, actor, reason, f); err != nil {
			return err
		}
	}
	return nil
}
