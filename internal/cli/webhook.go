package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/client"
	"github.com/siteproof/belay/internal/webhook"
)

type webhookCommand struct {
	List       webhookListCommand       `cmd:"" help:"Webhooks of the environment."`
	Add        webhookAddCommand        `cmd:"" help:"Tell an address about changes; prints the secret it is signed with, once."`
	On         webhookOnCommand         `cmd:"" help:"Send again, with what waited."`
	Off        webhookOffCommand        `cmd:"" help:"Stop sending."`
	Rotate     webhookRotateCommand     `cmd:"" help:"Make a new secret; the old one signs too for a day."`
	Ping       webhookPingCommand       `cmd:"" help:"Send a message without a change and say what came back."`
	Deliveries webhookDeliveriesCommand `cmd:"" help:"What was sent lately and what waits."`
	Redeliver  webhookRedeliverCommand  `cmd:"" help:"Send a message once more; receivers know it by its id."`
	Remove     webhookRemoveCommand     `cmd:"" help:"Remove it with what waits for it."`
}

type webhookListCommand struct {
	JSON bool `help:"Print JSON."`
}

// Run lists the webhooks.
func (w webhookListCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	all, err := c.Webhooks(ctx, connection.Environment)
	if err != nil {
		return err
	}
	if w.JSON {
		return printJSON(p.Out, all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintf(p.Out, "%s has no webhooks\n", connection.Environment)
		return err
	}
	table := tabwriter.NewWriter(p.Out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "WEBHOOK\tADDRESS\tKINDS\tSTATE")
	for _, h := range all {
		state := "on"
		if h.Disabled != "" {
			state = "off: " + h.Disabled
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", h.ID, h.URL, strings.Join(h.Kinds, " "), state)
	}
	return table.Flush()
}

type webhookAddCommand struct {
	URL         string   `arg:"" help:"Address."`
	Reason      string   `arg:"" help:"Why, in quotes."`
	Kinds       []string `help:"Beginnings of kinds of changes." default:"flag.,segment.,rollout.,incident."`
	Description string   `help:"What it is for."`
}

// Run makes a webhook.
func (w webhookAddCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	made, err := c.AddWebhook(ctx, connection.Environment, api.NewWebhook{URL: w.URL, Description: w.Description, Kinds: w.Kinds, Reason: w.Reason})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "%s\nsecret, shown this once: %s\n", made.ID, made.Secret)
	return err
}

// webhookAct is what changes of a webhook share.
type webhookAct struct {
	ID     string `arg:"" help:"Webhook."`
	Reason string `arg:"" help:"Why, in quotes."`
}

func (w webhookAct) set(ctx context.Context, p *Process, connection *Connection, enabled bool) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	h, err := c.ChangeWebhook(ctx, w.ID, api.WebhookChange{Enabled: &enabled, Reason: w.Reason})
	if err != nil {
		return err
	}
	state := "on"
	if h.Disabled != "" {
		state = "off"
	}
	_, err = fmt.Fprintf(p.Out, "%s is %s\n", h.ID, state)
	return err
}

type webhookOnCommand struct{ webhookAct }

// Run switches the webhook on.
func (w webhookOnCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	return w.set(ctx, p, connection, true)
}

type webhookOffCommand struct{ webhookAct }

// Run switches the webhook off.
func (w webhookOffCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	return w.set(ctx, p, connection, false)
}

type webhookRotateCommand struct{ webhookAct }

// Run makes a new secret.
func (w webhookRotateCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	rotated, err := c.RotateWebhook(ctx, w.ID, w.Reason)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "secret, shown this once: %s\n", rotated.Secret)
	return err
}

type webhookRemoveCommand struct{ webhookAct }

// Run removes the webhook.
func (w webhookRemoveCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	if err := c.RemoveWebhook(ctx, w.ID, w.Reason); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "%s is removed\n", w.ID)
	return err
}

type webhookRedeliverCommand struct {
	ID       string        `arg:"" help:"Webhook."`
	Delivery string        `arg:"" help:"Delivery, as belay webhook deliveries shows it."`
	Within   time.Duration `help:"How long to wait for what comes back." default:"15s"`
}

// Run sends a message once more and waits for what comes back. Earlier messages go first.
func (w webhookRedeliverCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	before, err := find(ctx, c, w.ID, w.Delivery)
	if err != nil {
		return err
	}
	if err := c.Redeliver(ctx, w.ID, w.Delivery); err != nil {
		return err
	}
	return await(ctx, p, c, w.Within, w.ID, w.Delivery, before.Attempts)
}

// find gives a delivery of a webhook; one without attempts when it is not among the newest.
func find(ctx context.Context, c *client.Client, hook, delivery string) (webhook.Delivery, error) {
	all, err := c.Deliveries(ctx, hook)
	if at := slices.IndexFunc(all, func(d webhook.Delivery) bool { return d.ID == delivery }); at >= 0 {
		return all[at], nil
	}
	return webhook.Delivery{}, err
}

type webhookPingCommand struct {
	ID     string        `arg:"" help:"Webhook."`
	Within time.Duration `help:"How long to wait for what comes back." default:"15s"`
}

// Run sends a ping and waits for its first attempt. Earlier messages go first.
func (w webhookPingCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	sent, err := c.PingWebhook(ctx, w.ID)
	if err != nil {
		return err
	}
	return await(ctx, p, c, w.Within, w.ID, sent.ID, 0)
}

// await waits for an attempt after those that a delivery has had, and says what came of it.
func await(ctx context.Context, p *Process, c *client.Client, within time.Duration, hook, delivery string, attempts int) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		if d, err := find(ctx, c, hook, delivery); err == nil && d.Attempts > attempts {
			return reportAttempt(p, d)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			_, _ = fmt.Fprintln(p.Out, "it waits for messages before it; belay webhook deliveries shows them")
			return errUnproven
		}
	}
}

func reportAttempt(p *Process, d webhook.Delivery) error {
	if d.State == webhook.Delivered {
		_, err := fmt.Fprintf(p.Out, "received: %d in %d ms\n", d.Status, d.LatencyMS)
		return err
	}
	_, _ = fmt.Fprintf(p.Out, "not received: %s\n", d.Problem)
	return errUnproven
}

type webhookDeliveriesCommand struct {
	ID   string `arg:"" help:"Webhook."`
	JSON bool   `help:"Print JSON."`
}

// Run lists deliveries.
func (w webhookDeliveriesCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	all, err := c.Deliveries(ctx, w.ID)
	if err != nil {
		return err
	}
	if w.JSON {
		return printJSON(p.Out, all)
	}
	table := tabwriter.NewWriter(p.Out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "DELIVERY\tREVISION\tSTATE\tTRIES\tANSWER\tTOOK\tNOTE")
	for _, d := range all {
		_, _ = fmt.Fprintf(table, "%s\t%d\t%s\t%d\t%d\t%d ms\t%s\n", d.ID, d.Revision, d.State, d.Attempts, d.Status, d.LatencyMS, d.Problem)
	}
	return table.Flush()
}
