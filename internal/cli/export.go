package cli

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/siteproof/belay/internal/fault"
)

type rolloutExport struct {
	ID    string `arg:"" help:"Rollout."`
	Trace string `required:"" help:"File to write to, one JSON object a line." type:"path"`
}

// Run writes a rollout that has happened as a trace.
func (r rolloutExport) Run(ctx context.Context, p *Process, connection *Connection) (err error) {
	c, err := connection.client()
	if err != nil {
		return err
	}
	file, err := os.OpenFile(r.Trace, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // the file is the caller's choice
	if err != nil {
		return fault.New(fault.Unavailable, "the trace cannot be written: %w", err)
	}
	if err := errors.Join(c.Trace(ctx, r.ID, file), file.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "%s holds the rollout; belay simulate --trace %s judges it again, with --policy by another policy\n", r.Trace, r.Trace)
	return err
}
