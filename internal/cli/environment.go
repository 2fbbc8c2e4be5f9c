package cli

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/tenant"
)

type environmentCommand struct {
	List     environmentListCommand     `cmd:"" help:"Every environment."`
	Create   environmentCreateCommand   `cmd:"" help:"Make an environment: every flag of the project switched off, or a copy of another one."`
	Settings environmentSettingsCommand `cmd:"" help:"Show or change the name and the settings of the environment that -e names."`
	Keys     environmentKeysCommand     `cmd:"" help:"Show the keys of the environment that -e names."`
	NewKey   environmentNewKeyCommand   `cmd:"" help:"Make a new key; those before it go on until they are revoked."`
	Revoke   environmentRevokeCommand   `cmd:"" help:"Revoke a key at once."`
}

type environmentListCommand struct {
	JSON bool `help:"Print JSON."`
}

// Run lists the environments.
func (e environmentListCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	all, err := c.Environments(ctx)
	if err != nil {
		return err
	}
	if e.JSON {
		return printJSON(p.Out, all)
	}
	table := tabwriter.NewWriter(p.Out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "KEY\tNAME\tPROJECT\tCLIENT KEY\tAPPROVALS")
	for _, e := range all {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\n", e.Key, e.Name, e.Project, e.ClientKey, e.Settings.Approvals)
	}
	return table.Flush()
}

type environmentCreateCommand struct {
	Key    string `arg:"" help:"Small letters, digits and dashes; commands and addresses name it by this."`
	Name   string `arg:"" help:"As people read it."`
	Reason string `arg:"" help:"Why, in quotes."`
	Copy   string `help:"Environment whose flags, segments and settings it begins with." placeholder:"ENVIRONMENT"`
}

// Run makes an environment.
func (e environmentCreateCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	made, err := c.CreateEnvironment(ctx, api.NewEnvironment{Key: e.Key, Name: e.Name, Copy: e.Copy, Reason: e.Reason})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "%s is made; its client key is %s\nbelay -e %s environment keys shows the server key\n", made.Key, made.ClientKey, made.Key)
	return err
}

type environmentSettingsCommand struct {
	Reason             string  `arg:"" optional:"" help:"Why, in quotes; needed to change something."`
	Name               *string `help:"Rename it."`
	HideDisabledFlags  *bool   `help:"Leave flags that are off out of answers to Flagsmith's clients." negatable:""`
	HideSensitiveData  *bool   `help:"Name no ids and no traits in answers to Flagsmith's clients." negatable:""`
	IgnoreClientTraits *bool   `help:"Do not believe traits that are sent with the client key." negatable:""`
	ForgetTraits       *bool   `help:"Let traits decide the answer, and do not keep them." negatable:""`
	StopServing        *bool   `help:"Refuse flags to Flagsmith's clients, with 401." negatable:""`
	Approvals          *int    `help:"How many people other than who proposes a change have to approve it, 0 to 5."`
}

// Run shows the settings, or changes those that are given.
func (e environmentSettingsCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	wanted := api.SettingsChange{
		HideDisabledFlags: e.HideDisabledFlags, HideSensitiveData: e.HideSensitiveData, IgnoreClientTraits: e.IgnoreClientTraits,
		ForgetTraits: e.ForgetTraits, StopServing: e.StopServing, Approvals: e.Approvals,
	}
	if wanted == (api.SettingsChange{}) && e.Name == nil {
		if e.Reason != "" {
			return fault.New(fault.Invalid, "a reason was given and nothing to change").Hint("belay environment settings --help names the settings")
		}
		now, err := c.Environment(ctx, connection.Environment)
		if err != nil {
			return err
		}
		return printSettings(p.Out, now)
	}
	if e.Reason == "" {
		return fault.New(fault.Invalid, "changing settings needs a reason").At("reason", "say why")
	}
	now, err := c.ChangeEnvironment(ctx, connection.Environment, api.EnvironmentChange{Name: e.Name, Settings: &wanted, Reason: e.Reason})
	if err != nil {
		return err
	}
	return printSettings(p.Out, now)
}

func printSettings(w io.Writer, e api.Environment) error {
	table := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	s := e.Settings
	_, _ = fmt.Fprintf(table, "name\t%s\n", e.Name)
	for _, row := range []struct {
		name string
		on   bool
	}{
		{"hide-disabled-flags", s.HideDisabledFlags},
		{"hide-sensitive-data", s.HideSensitiveData},
		{"ignore-client-traits", s.IgnoreClientTraits},
		{"forget-traits", s.ForgetTraits},
		{"stop-serving", s.StopServing},
	} {
		_, _ = fmt.Fprintf(table, "%s\t%v\n", row.name, row.on)
	}
	_, _ = fmt.Fprintf(table, "approvals\t%d\n", s.Approvals)
	return table.Flush()
}

type environmentKeysCommand struct {
	JSON bool `help:"Print JSON."`
}

// Run lists the keys.
func (e environmentKeysCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	keys, err := c.Keys(ctx, connection.Environment)
	if err != nil {
		return err
	}
	if e.JSON {
		return printJSON(p.Out, keys)
	}
	table := tabwriter.NewWriter(p.Out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tSIDE\tKEY\tSTATE")
	for _, k := range keys {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", k.ID, k.Side, k.Secret, sayKey(k))
	}
	return table.Flush()
}

func sayKey(k api.Key) string {
	switch {
	case k.Newest:
		return "newest"
	case k.UsedAt != nil:
		return "replaced, still used at " + k.UsedAt.Format("2006-01-02 15:04:05")
	}
	return "replaced, not used since Belay started"
}

type environmentNewKeyCommand struct {
	Side   string `arg:"" enum:"client,server" help:"client or server."`
	Reason string `arg:"" help:"Why, in quotes."`
	Secret string `help:"Adopt this client key, which apps have from elsewhere, instead of making one up." placeholder:"KEY"`
}

// Run makes a key.
func (e environmentNewKeyCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	made, err := c.CreateKey(ctx, connection.Environment, api.NewKey{Side: tenant.Side(e.Side), Secret: e.Secret, Reason: e.Reason})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "%s\nthe one before goes on until it is revoked: belay -e %s environment keys\n", made.Secret, connection.Environment)
	return err
}

type environmentRevokeCommand struct {
	ID     string `arg:"" help:"Id of the key, as belay environment keys shows it."`
	Reason string `arg:"" help:"Why, in quotes."`
}

// Run revokes a key.
func (e environmentRevokeCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	if err := c.RevokeKey(ctx, connection.Environment, e.ID, e.Reason); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "%s opens nothing any more\n", e.ID)
	return err
}
