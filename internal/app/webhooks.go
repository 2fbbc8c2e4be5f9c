package app

import (
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/egress"
	"github.com/siteproof/belay/internal/lease"
	"github.com/siteproof/belay/internal/store/sqldb"
	"github.com/siteproof/belay/internal/webhook"
)

// newWebhooks makes the sender of webhooks with its way out.
func (a *App) newWebhooks(db *sqldb.DB) *webhook.Service {
	return webhook.New(webhook.Options{
		Store: sqldb.NewWebhooks(db), Journal: a.journal, Lease: lease.New(sqldb.NewLeases(db)), Logger: a.part("webhook"),
		Sender: egress.New(egress.Options{AllowPrivate: a.options.Config.AllowPrivateWebhooks}),
		Environment: func(environmentID string) string {
			e, err := a.tenants.Find(environmentID)
			if err != nil {
				return environmentID
			}
			return e.Key
		},
	})
}

// wakeWebhooks has the queues looked at after each commit.
func (a *App) wakeWebhooks(change.Commit) { a.webhooks.Wake() }
