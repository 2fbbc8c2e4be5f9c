package flagsmith

import (
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/tenant"
)

// serves refuses every call while the environment's settings say so. Streams stay open: what they tell is how clients
// learn that they may come back.
func serves(e tenant.Environment) error {
	if !e.Settings.StopServing {
		return nil
	}
	return fault.New(fault.Unauthenticated, "flags of %s are not served at the moment", e.Name).
		Hint("an administrator has stopped them under Environments")
}

// keepsTraits says whether traits that a call brings may be kept.
func (c *call) keepsTraits() bool {
	s := c.environment.Settings
	return !s.ForgetTraits && (!s.IgnoreClientTraits || c.side == tenant.Server)
}
