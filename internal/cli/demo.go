package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/app"
	"github.com/siteproof/belay/internal/client"
	"github.com/siteproof/belay/internal/config"
	"github.com/siteproof/belay/internal/crowd"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/rollout"
)

const (
	demoMaster  = "design-system-v2"
	demoFault   = "siteproof-fault"
	demoBreakup = "ncr-form-throws"
	demoReason  = "the demo sets the stage"
)

// demoComponents are the parts of SiteProof that exist in two designs.
var demoComponents = []struct{ key, text string }{
	{"auth", "Signing in"},
	{"dashboard", "Dashboard with movable widgets"},
	{"itp-form", "Inspection and test plans"},
	{"ncr-form", "Non-conformance reports"},
	{"diary", "Site diary and its export"},
}

type demoCommand struct {
	Siteproof string        `help:"SiteProof's program." default:"bin/siteproof" type:"path"`
	Listen    string        `help:"Address of Belay." default:"127.0.0.1:7400"`
	AppListen string        `help:"Address of SiteProof." default:"127.0.0.1:7410"`
	Folder    string        `help:"Folder for the demo's data; a fresh one for each run when left out." type:"path"`
	Rate      float64       `help:"Sessions a second of the crowd; 0 for none." default:"120"`
	Break     time.Duration `help:"Break the new NCR form by itself this long after the start; 0 leaves it to you." default:"20s"`
	Start     bool          `help:"Start the rollout at once." default:"true" negatable:""`
}

// demo is one demonstration under way.
type demo struct {
	demoCommand
	out    io.Writer
	belay  *app.App
	client *client.Client
	env    api.Environment
	appURL string
}

// Run plays the whole story until it is interrupted.
func (d demoCommand) Run(ctx context.Context, p *Process) error {
	if _, err := os.Stat(d.Siteproof); err != nil {
		return fault.New(fault.NotFound, "SiteProof's program is not at %s", d.Siteproof).Hint("make demo builds it first")
	}
	if d.Folder == "" {
		folder, err := os.MkdirTemp("", "belay-demo-")
		if err != nil {
			return fmt.Errorf("make a folder for the demo's data: %w", err)
		}
		d.Folder = folder
		defer func() { _ = os.RemoveAll(folder) }()
	}
	run := &demo{demoCommand: d, out: p.Out, appURL: "http://" + d.AppListen}
	settings := config.Config{Listen: d.Listen, DataDir: filepath.Join(d.Folder, "belay"), LogLevel: "warn"}
	belay, err := start(ctx, p, settings, &api.Demo{AppURL: run.appURL, FaultFlag: demoFault})
	if err != nil {
		return err
	}
	run.belay = belay
	err = run.play(ctx, p)
	return errors.Join(err, belay.Stop(context.WithoutCancel(ctx)))
}

func (d *demo) play(ctx context.Context, p *Process) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	token, err := os.ReadFile(filepath.Join(d.Folder, "belay", app.TokenFile))
	if err != nil {
		return fmt.Errorf("read the token: %w", err)
	}
	d.client = client.New(d.belay.URL(), string(token))
	if d.env, err = d.client.Environment(ctx, "production"); err != nil {
		return err
	}
	id, err := d.stage(ctx)
	if err != nil {
		return err
	}
	site, err := d.startSiteproof(ctx, p, strings.TrimSpace(string(token)), id)
	if err != nil {
		return err
	}
	defer func() {
		end() // whatever ended the story, SiteProof ends with it
		_ = site.Wait()
	}()
	d.greet()
	if d.Start {
		if _, err := d.client.Act(ctx, id, "start", api.Act{Reason: "the demo begins"}); err != nil {
			return err
		}
	}
	crowdDone := make(chan error, 1)
	go func() {
		crowdDone <- crowd.Run(ctx, crowd.RunOptions{
			BelayURL: d.belay.URL(), ClientKey: d.env.ClientKey, SiteURL: d.appURL, Rate: d.Rate,
			Options: crowd.Options{Components: componentKeys()},
		})
	}()
	err = d.narrate(ctx, id)
	end()
	return errors.Join(err, <-crowdDone)
}

func componentKeys() []string {
	var keys []string
	for _, c := range demoComponents {
		keys = append(keys, c.key)
	}
	return keys
}

// stage makes the flags and plans the rollout, unless an earlier run in the same folder has.
func (d *demo) stage(ctx context.Context) (rolloutID string, err error) {
	planned, err := d.client.Rollouts(ctx, d.env.Key)
	if err != nil {
		return "", err
	}
	if len(planned) > 0 {
		return planned[0].ID, nil
	}
	flags := []api.NewFlag{
		{Key: demoMaster, Description: "The new design, whole", Type: flag.Boolean, Enabled: true},
		{Key: demoFault, Description: "Breaks SiteProof on purpose, for the demo", Type: flag.String, Enabled: true, Value: []byte(`"none"`), Tags: []string{"demo"}},
	}
	for _, c := range demoComponents {
		flags = append(flags, api.NewFlag{Key: c.key, Description: c.text, Type: flag.Boolean, Enabled: true, Parent: demoMaster})
	}
	for _, f := range flags {
		f.Reason = demoReason
		if _, err := d.client.CreateFlag(ctx, d.env.Key, f); err != nil {
			return "", err
		}
	}
	plan := rollout.DemoPlan()
	made, err := d.client.CreateRollout(ctx, d.env.Key, api.NewRollout{
		Name: "SiteProof's new design", Flag: demoMaster, Components: componentKeys(), Plan: &plan, Reason: demoReason,
	})
	return made.ID, err
}

// person is one account of SiteProof.
type person struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Email    string `json:"email"`
	Password string `json:"password"`
	Role     string `json:"role"`
}

// people gives one person who gets the new design from the first phase on, and one who gets it last.
func people(salt string) []person {
	return []person{
		{identityWhere(func(b float64) bool { return b < 5 }, salt), "Dana Whitfield", "dana@siteproof.test", "siteproof", "site engineer"},
		{identityWhere(func(b float64) bool { return b >= 50 }, salt), "Omar Haddad", "omar@siteproof.test", "siteproof", "site manager"},
	}
}

// identityWhere finds an identity whose place in the split is as wanted.
func identityWhere(wanted func(float64) bool, salt string) string {
	for n := 1; ; n++ {
		if id := fmt.Sprintf("usr_demo%d", n); wanted(flag.Bucket(salt, id)) {
			return id
		}
	}
}

func (d *demo) startSiteproof(ctx context.Context, p *Process, token, rolloutID string) (*exec.Cmd, error) {
	page, err := d.client.Rollout(ctx, rolloutID)
	if err != nil {
		return nil, err
	}
	accounts, err := json.Marshal(people(page.Salt))
	if err != nil {
		return nil, fmt.Errorf("write the accounts: %w", err)
	}
	file := filepath.Join(d.Folder, "accounts.json")
	if err := os.WriteFile(file, accounts, 0o600); err != nil {
		return nil, fmt.Errorf("write the accounts: %w", err)
	}
	site := exec.CommandContext(ctx, d.Siteproof, "serve", "--listen", d.AppListen, "--data", filepath.Join(d.Folder, "siteproof"),
		"--belay-url", d.belay.URL(), "--client-key", d.env.ClientKey, "--accounts", file, "--demo")
	site.Env = append(site.Environ(), "SITEPROOF_BELAY_URL="+d.belay.URL(), "SITEPROOF_BELAY_TOKEN="+token)
	site.Stderr = p.Err
	site.Cancel = func() error { return site.Process.Signal(os.Interrupt) }
	site.WaitDelay = 5 * time.Second
	if err := site.Start(); err != nil {
		return nil, fmt.Errorf("start SiteProof: %w", err)
	}
	if err := answers(ctx, d.appURL+"/healthz"); err != nil {
		_ = site.Cancel() // it may have ended by itself
		_ = site.Wait()
		return nil, fault.New(fault.Unavailable, "SiteProof did not come up: %w", err).
			Hint("another program may listen at %s; --app-listen names another address", d.AppListen)
	}
	return site, nil
}

// answers waits until an address answers 200, for at most ten seconds.
func answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
			err = errors.New(response.Status)
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-tick.C:
		}
	}
}

func (d *demo) greet() {
	_, port, _ := net.SplitHostPort(d.Listen)
	_, _ = fmt.Fprintf(d.out, `
  Belay      %s      the console: make yourself the administrator (any name and password)
  SiteProof  %s      sign in as dana@siteproof.test, password siteproof: she is among the first 5 %%
                                     omar@siteproof.test, same password: he keeps the old design until late

  Visitors come at %g sessions a second. `, d.belay.URL(), d.appURL, d.Rate)
	if d.Break > 0 {
		_, _ = fmt.Fprintf(d.out, "In %s the new NCR form breaks by itself; watch it go back alone.\n", d.Break)
	} else {
		_, _ = fmt.Fprint(d.out, "Break the new NCR form from the console or from SiteProof's Demo menu.\n")
	}
	_, _ = fmt.Fprintf(d.out, "  On the command line: bin/belay --data %s --url http://127.0.0.1:%s status\n  Ctrl-C ends the demo.\n\n",
		filepath.Join(d.Folder, "belay"), port)
}

// narrate prints each decision as it falls and breaks the form when its time has come.
func (d *demo) narrate(ctx context.Context, rolloutID string) error {
	var breakAt <-chan time.Time
	if d.Break > 0 && d.Start {
		timer := time.NewTimer(d.Break)
		defer timer.Stop()
		breakAt = timer.C
	}
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	started, told := time.Now(), map[string]bool{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-breakAt:
			value := []byte(`"` + demoBreakup + `"`)
			if _, err := d.client.ChangeFlag(ctx, d.env.Key, demoFault, api.FlagChange{Value: value, Reason: "the demo breaks the new NCR form"}); err != nil {
				return err
			}
			_, _ = fmt.Fprintf(d.out, "%6.1fs  the new NCR form is broken now\n", time.Since(started).Seconds())
		case <-tick.C:
			page, err := d.client.Rollout(ctx, rolloutID)
			if err != nil {
				continue // shutting down, or busy: the next tick asks again
			}
			for i := range page.Decisions {
				decision := page.Decisions[len(page.Decisions)-1-i] // oldest first
				if told[decision.ID] {
					continue
				}
				told[decision.ID] = true
				_, _ = fmt.Fprintf(d.out, "%6.1fs  %s: %s (%s)\n", time.Since(started).Seconds(), decision.Action, decision.Reason, decision.By)
			}
		}
	}
}
