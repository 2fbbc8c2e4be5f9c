package cli

import (
	"context"
	"time"

	"github.com/siteproof/belay/internal/crowd"
)

type crowdCommand struct {
	Rate float64       `help:"Sessions a second." default:"50"`
	For  time.Duration `help:"How long; 0 until interrupted."`
	Site string        `help:"Address of SiteProof, whose pages the visitors also fetch." placeholder:"URL"`
	Seed uint64        `help:"Seed of the visitors' lives; the same seed lives the same lives." default:"1"`
}

// Run sends visitors to Belay until the time is over.
func (v crowdCommand) Run(ctx context.Context, connection *Connection) error {
	c, err := connection.client()
	if err != nil {
		return err
	}
	env, err := c.Environment(ctx, connection.Environment)
	if err != nil {
		return err
	}
	if v.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, v.For)
		defer cancel()
	}
	return crowd.Run(ctx, crowd.RunOptions{
		BelayURL: connection.URL, ClientKey: env.ClientKey, SiteURL: v.Site, Rate: v.Rate,
		Options: crowd.Options{Seed: v.Seed, Components: componentKeys()},
	})
}
