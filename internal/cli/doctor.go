package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/app"
	"github.com/siteproof/belay/internal/client"
	"github.com/siteproof/belay/internal/rollout"
)

type doctorCommand struct{}

// examination is one thing the doctor looks at: what it saw, and the way out when that is bad.
type examination struct {
	name string
	look func(context.Context) (seen, wayOut string)
}

// quietFor is how long telemetry may be silent while a rollout runs before the doctor calls it ill.
const quietFor = 2 * time.Minute

// Run looks at everything and says what is wrong and what to do.
func (doctorCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	ill := 0
	var c *client.Client
	examinations := []examination{
		{"Belay answers", func(ctx context.Context) (string, string) { return healthy(ctx, connection.URL) }},
		{"token", func(ctx context.Context) (string, string) {
			var err error
			if c, err = connection.client(); err == nil {
				_, err = c.Environments(ctx)
			}
			if err != nil {
				return err.Error(), "give a token with BELAY_TOKEN, or the data folder with --data"
			}
			return "accepted", ""
		}},
		{"token file", func(context.Context) (string, string) { return private(filepath.Join(connection.Data, app.TokenFile)) }},
		{"telemetry", func(ctx context.Context) (string, string) { return arriving(ctx, c, connection.Environment) }},
		{"connected pages", func(ctx context.Context) (string, string) { return confirmed(ctx, c, connection.Environment) }},
	}
	for _, e := range examinations {
		seen, wayOut := e.look(ctx)
		mark := "ok "
		if wayOut != "" {
			ill++
			mark = "ILL"
		}
		_, _ = fmt.Fprintf(p.Out, "%s %-16s %s\n", mark, e.name, seen)
		if wayOut != "" {
			_, _ = fmt.Fprintf(p.Out, "    do: %s\n", wayOut)
		}
		if c == nil && e.name == "token" {
			break
		}
	}
	if ill > 0 {
		return errUnproven
	}
	return nil
}

func healthy(ctx context.Context, url string) (seen, wayOut string) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimRight(url, "/")+"/healthz", nil)
	if err != nil {
		return err.Error(), "give an address such as http://127.0.0.1:7400 with --url"
	}
	started := time.Now()
	response, err := (&http.Client{Timeout: 5 * time.Second}).Do(request)
	if err != nil {
		return err.Error(), "start it with belay serve, or say where it is with --url"
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, 1<<16)); err != nil || response.StatusCode != http.StatusOK {
		return "something else answers: " + response.Status, "say where Belay is with --url"
	}
	return fmt.Sprintf("at %s in %s", url, time.Since(started).Round(time.Millisecond)), ""
}

func private(path string) (seen, wayOut string) {
	info, err := os.Stat(path)
	if err != nil {
		return "none on this machine", ""
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Sprintf("%s can be read by others (%s)", path, info.Mode().Perm()), "chmod 600 " + path
	}
	return "only its owner can read it", ""
}

func arriving(ctx context.Context, c *client.Client, env string) (seen, wayOut string) {
	o, err := c.Overview(ctx, env)
	if err != nil {
		return err.Error(), "see above"
	}
	running := false
	for _, r := range o.Rollouts {
		running = running || r.State == rollout.Running
	}
	if o.Traffic.LastAt == nil {
		if running {
			return "a rollout runs and nothing has ever arrived", "check that pages send their beacons to " + c.Base() + "/beacon/v1 with the client key of " + env
		}
		return "nothing has arrived yet", ""
	}
	age := time.Since(*o.Traffic.LastAt).Round(time.Second)
	if running && age > quietFor {
		return fmt.Sprintf("a rollout runs and the last event is %s old", age), "look for an outage between the pages and Belay; the rollout holds until data arrive"
	}
	return fmt.Sprintf("last event %s ago", age), ""
}

func confirmed(ctx context.Context, c *client.Client, env string) (seen, wayOut string) {
	n, err := c.Clients(ctx, env)
	if err != nil {
		return err.Error(), "see above"
	}
	seen = fmt.Sprintf("%d, of them %d on revision %d and %d that cannot confirm", n.Connected, n.Confirmed, n.Revision, n.Unknown)
	if late := n.Connected - n.Confirmed - n.Unknown; late > n.Connected/10 {
		return seen, fmt.Sprintf("%d pages hold older flags: if this lasts, a proxy may be buffering /ofrep/v1/stream", late)
	}
	return seen, ""
}
