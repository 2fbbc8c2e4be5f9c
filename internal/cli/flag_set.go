package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/fault"
)

type flagSetCommand struct {
	Key         string   `arg:"" help:"Flag."`
	Words       []string `arg:"" help:"The value as JSON (what is not JSON is taken as text), then why, in quotes. With an option only why."`
	Owner       *string  `help:"Who answers for it; '' for nobody."`
	Tag         []string `help:"Add a tag; may be given more than once." placeholder:"TAG"`
	Untag       []string `help:"Take a tag away; may be given more than once." placeholder:"TAG"`
	Description *string  `help:"What it is for."`
	later
}

// Run changes the flag's value, or what is written about it.
func (f flagSetCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	change := api.FlagChange{Owner: f.Owner, Description: f.Description}
	about := f.Owner != nil || f.Description != nil || len(f.Tag)+len(f.Untag) > 0
	switch {
	case len(f.Words) == 2:
		var err error
		if change.Value, err = valueOf(f.Words[0]); err != nil {
			return err
		}
	case len(f.Words) > 2:
		return fault.New(fault.Invalid, "there are %d words after the flag", len(f.Words)).
			Hint("belay flag set %s VALUE 'why'; a value or reason of several words goes in quotes", f.Key)
	case !about:
		return fault.New(fault.Invalid, "neither a value nor an option was given").Hint("belay flag set %s VALUE 'why', or --owner, --tag, --untag, --description", f.Key)
	}
	if len(f.Tag)+len(f.Untag) > 0 {
		c, err := connection.client()
		if err != nil {
			return err
		}
		now, err := c.Flag(ctx, connection.Environment, f.Key)
		if err != nil {
			return err
		}
		tags := slices.DeleteFunc(append(slices.Clone(now.Tags), f.Tag...), func(tag string) bool { return slices.Contains(f.Untag, tag) })
		slices.Sort(tags)
		tags = slices.Compact(tags)
		change.Tags, change.Version = &tags, now.Version
	}
	if !about {
		return flagSwitch{Key: f.Key, Reason: f.Words[len(f.Words)-1], later: f.later}.set(ctx, p, connection, change)
	}
	return f.about(ctx, p, connection, change)
}

// valueOf reads a value as JSON; what is not JSON is text.
func valueOf(word string) (json.RawMessage, error) {
	if json.Valid([]byte(word)) {
		return json.RawMessage(word), nil
	}
	return textOf(word)
}

func textOf(word string) (json.RawMessage, error) {
	text, err := json.Marshal(word)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the value is neither JSON nor text: %w", err)
	}
	return text, nil
}

// about changes what is written about a flag and says how that stands.
func (f flagSetCommand) about(ctx context.Context, p *Process, connection *Connection, change api.FlagChange) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	change.Reason = f.Words[len(f.Words)-1]
	now, err := c.ChangeFlag(f.in(ctx), connection.Environment, f.Key, change)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "%s in %s (revision %d): owner %s, tags %s\n", now.Key, connection.Environment, now.Version,
		cmp.Or(now.Owner, "nobody"), cmp.Or(strings.Join(now.Tags, " "), "none"))
	return err
}

type flagDeleteCommand struct{ flagSwitch }

// Run deletes the flag.
func (f flagDeleteCommand) Run(ctx context.Context, p *Process, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	if err := c.DeleteFlag(f.in(ctx), connection.Environment, f.Key, f.Reason); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.Out, "%s is deleted in %s; code that still asks for it gets its own default\n", f.Key, connection.Environment)
	return err
}
