package rollout

import "github.com/siteproof/belay/internal/stats"

// Recount makes the evidence of a reading anew from the people it carries. carries is false for one that was made of
// more than that.
func (r Reading) Recount() (logE float64, carries bool) {
	if r.Labels == nil {
		return 0, false
	}
	switch r.Guard { //nolint:exhaustive // the others are not made of labels alone
	case SilentClients:
		return stats.SplitHarm(r.Labels, r.Reloaded, r.Ratio), true
	case Errors:
		return stats.Harm(r.Labels, r.Ratio), true
	case Conversion:
		return stats.Fewer(r.Labels, 1/r.Ratio), true
	case NewIssue:
		if r.Order > 0 {
			return stats.FreshHarm(r.Labels) - stats.Arrival(r.Order), true
		}
	}
	return 0, false
}
