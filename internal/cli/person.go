package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/client"
	"github.com/siteproof/belay/internal/fault"
)

type personCommand struct {
	List   personList   `cmd:"" help:"Everybody who may sign in, or might have."`
	Add    personAdd    `cmd:"" help:"Let somebody in; prints the link by which they choose a password."`
	Change personChange `cmd:"" help:"Give somebody another role, or lock them out."`
}

type personList struct{}

// Run lists people.
func (personList) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	all, err := c.People(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(p.Out, 0, 4, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "ID\tNAME\tEMAIL\tROLE\tNOTE")
	for _, m := range all {
		note := ""
		switch {
		case !m.Active:
			note = "locked out"
		case m.Invited:
			note = "has not signed in yet"
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", m.ID, m.Name, m.Email, m.Role, note)
	}
	return table.Flush()
}

type personAdd struct {
	Email  string `arg:"" help:"Address they sign in with."`
	Reason string `arg:"" help:"Why, in quotes."`
	Name   string `help:"Shown beside everything they change." required:""`
	Role   string `help:"What they may do." enum:"admin,operator,viewer" default:"operator"`
}

// Run lets somebody in.
func (a personAdd) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	made, err := c.AddPerson(ctx, api.NewMember{Name: a.Name, Email: a.Email, Role: auth.Role(a.Role), Reason: a.Reason})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "%s may sign in as %s; send them this link, which works once until %s:\n%s%s\n",
		made.Name, made.Role, made.ExpiresAt.Local().Format("2006-01-02 15:04"), c.Base(), made.Link)
	return err
}

type personChange struct {
	Email  string `arg:"" help:"Address of the person."`
	Reason string `arg:"" help:"Why, in quotes."`
	Role   string `help:"What they may do: admin, operator or viewer." enum:"admin,operator,viewer,"  default:""`
	Active *bool  `help:"Whether they may sign in." negatable:""`
}

// Run changes somebody.
func (a personChange) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	found, err := a.find(ctx, c)
	if err != nil {
		return err
	}
	wanted := api.MemberChange{Reason: a.Reason, Active: a.Active}
	if a.Role != "" {
		r := auth.Role(a.Role)
		wanted.Role = &r
	}
	m, err := c.ChangePerson(ctx, found.ID, wanted)
	if err != nil {
		return err
	}
	state := "may sign in"
	if !m.Active {
		state = "is locked out"
	}
	_, err = fmt.Fprintf(p.Out, "%s is %s and %s\n", m.Name, m.Role, state)
	return err
}

func (a personChange) find(ctx context.Context, c *client.Client) (api.Member, error) {
	all, err := c.People(ctx)
	if err != nil {
		return api.Member{}, err
	}
	for _, m := range all {
		if strings.EqualFold(m.Email, a.Email) {
			return m, nil
		}
	}
	return api.Member{}, fault.New(fault.NotFound, "nobody has the address %s", a.Email).Hint("belay person list shows everybody")
}
