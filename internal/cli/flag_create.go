package cli

import (
	"context"
	"fmt"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/flag"
)

type flagCreateCommand struct {
	Key         string    `arg:"" help:"Flag: small letters, digits, dots, dashes and underscores."`
	Reason      string    `arg:"" help:"Why, in quotes."`
	Type        flag.Type `help:"boolean, string, number or json; it never changes." enum:"boolean,string,number,json" default:"boolean"`
	Value       *string   `help:"Its value: JSON, or text for a string flag."`
	On          bool      `help:"Switch it on at once; it begins switched off."`
	Parent      string    `help:"Flag without which it is off."`
	Description string    `help:"What it is for."`
	Owner       string    `help:"Who answers for it."`
	Tag         []string  `help:"A tag; may be given more than once." placeholder:"TAG"`
	ServerOnly  bool      `help:"Only for clients with a server key."`
	later
}

// Run makes the flag.
func (f flagCreateCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	wanted := api.NewFlag{
		Key: f.Key, Description: f.Description, Type: f.Type, Enabled: f.On, Parent: f.Parent,
		Tags: f.Tag, Owner: f.Owner, ServerOnly: f.ServerOnly, Reason: f.Reason,
	}
	if f.Value != nil {
		if wanted.Value, err = valueOf(*f.Value); err == nil && f.Type == flag.String && wanted.Value[0] != '"' {
			wanted.Value, err = textOf(*f.Value) // 12 is a text there
		}
		if err != nil {
			return err
		}
	}
	made, err := c.CreateFlag(f.in(ctx), connection.Environment, wanted)
	if err != nil {
		return err
	}
	state := "off"
	if made.Enabled {
		state = "on"
	}
	_, err = fmt.Fprintf(p.Out, "%s is made in %s and %s (revision %d)\n", made.Key, connection.Environment, state, made.Version)
	return err
}
