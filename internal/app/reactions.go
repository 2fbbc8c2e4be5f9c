package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/incident"
	"github.com/siteproof/belay/internal/protocol/ofrep"
	"github.com/siteproof/belay/internal/rollout"
	"github.com/siteproof/belay/internal/stream"
	"github.com/siteproof/belay/internal/telemetry"
)

// reactions says what happens when. Parts further in never learn of those further out.
func (a *App) reactions() {
	a.journal.Subscribe("flags", a.serveFlags)      // something changed: the snapshot first, then the pages that hold flags …
	a.journal.Subscribe("consoles", a.tellConsoles) // … and the consoles
	a.journal.Subscribe("webhooks", a.wakeWebhooks) // … and other people's programs
	a.telemetry.OnStored(a.rollouts.Observe)        // evidence is on disk: judge it
	a.telemetry.OnStored(a.tellConsolesOfErrors)    // new errors: the console's list
	a.rollouts.OnRolledBack(a.openIncident)         // something was taken back: somebody has to look
	a.rollouts.OnAlert(a.openIncidentOfAlerts)      // a guard told something: somebody has to look
}

// serveFlags serves the flags of a commit, and then announces them to every page of the environments whose flags changed.
func (a *App) serveFlags(c change.Commit) {
	before := map[string]*flag.Snapshot{}
	for environment := range environments(c, "flag.", "segment.", "environment.updated") {
		before[environment] = a.flags.Snapshot(environment)
	}
	a.flags.Refresh(c)
	settings := environments(c, "environment.updated") // what they change is not in the flags
	for environment, was := range before {
		var values *stream.Values
		if !settings[environment] {
			values = ofrep.Values(was, a.flags.Snapshot(environment))
		}
		a.stream.AnnounceValues(environment, c.Revision, values)
	}
}

// topics are the console's names for kinds of changes.
var topics = map[string]string{"flag": "flags", "segment": "flags", "rollout": "rollouts", "incident": "incidents", "change_request": "changes", "webhook": "webhooks", "checklist": "rollouts", "experiment": "experiments"}

// commonTopics are those of what every environment's console shows: the list of environments, and people.
var commonTopics = map[string]string{"environment": "environments", "person": "people"}

func (a *App) tellConsoles(c change.Commit) {
	for _, ch := range c.Changes {
		noun, _, _ := strings.Cut(ch.Kind, ".")
		if topic, known := topics[noun]; known && ch.EnvironmentID != "" {
			a.stream.Publish(ch.EnvironmentID, topic)
		}
		if topic, known := commonTopics[noun]; known {
			for _, e := range a.tenants.Environments() {
				a.stream.Publish(e.ID, topic)
			}
		}
	}
	for environment := range environments(c, "") {
		a.stream.Publish(environment, "commits")
	}
}

func (a *App) tellConsolesOfErrors(events []telemetry.Event) {
	for _, e := range events {
		if e.Kind == telemetry.Error {
			a.stream.Publish(e.EnvironmentID, "issues")
		}
	}
}

// environments are those in which a commit changed something of the given kinds.
func environments(c change.Commit, kinds ...string) map[string]bool {
	found := map[string]bool{}
	for _, ch := range c.Changes {
		for _, kind := range kinds {
			if ch.EnvironmentID != "" && strings.HasPrefix(ch.Kind, kind) {
				found[ch.EnvironmentID] = true
			}
		}
	}
	return found
}

// openIncident makes people look at what was taken back, with the evidence on the first line of the timeline.
func (a *App) openIncident(ctx context.Context, r rollout.TakenBack) {
	severity, what := incident.P1, "Everything"
	if len(r.Components) > 0 {
		severity, what = incident.P2, strings.Join(r.Components, ", ")
	}
	actor := change.Actor{Kind: change.System, ID: "belay", Name: "Belay"}
	_, err := a.incidents.Open(ctx, actor, r.Decision.Reason, incident.Report{
		EnvironmentID: r.Rollout.EnvironmentID, Severity: severity, Rollout: r.Rollout.ID, Component: firstOf(r.Components),
		Title:    fmt.Sprintf("%s went back to the old version: %s", what, r.Rollout.Name),
		Text:     r.Decision.Reason + toBeTold(r.Rollout),
		Evidence: r.Decision.Evidence,
	})
	if err != nil {
		a.log.ErrorContext(ctx, "incident not opened", "rollout", r.Rollout.ID, "error", err)
	}
}

// toBeTold names whom the policy wants to hear of it.
func toBeTold(r rollout.Rollout) string {
	if len(r.Plan.Tell) == 0 {
		return ""
	}
	return ". To be told: " + strings.Join(r.Plan.Tell, ", ")
}

// severities of what guards tell: a frozen rollout waits for somebody, one that goes on does not.
var severities = map[rollout.GuardAction]incident.Severity{
	rollout.FreezeOnHarm: incident.P1, rollout.HoldOnHarm: incident.P2, rollout.NotifyOnHarm: incident.P3,
}

// openIncidentOfAlerts makes people look at what guards told that takes nothing back.
func (a *App) openIncidentOfAlerts(ctx context.Context, told rollout.Alerted) {
	actor := change.Actor{Kind: change.System, ID: "belay", Name: "Belay"}
	for _, alert := range told.Alerts {
		_, err := a.incidents.Open(ctx, actor, alert.Reason, incident.Report{
			EnvironmentID: told.Rollout.EnvironmentID, Severity: severities[alert.Action], Rollout: told.Rollout.ID, Component: alert.Scope,
			Title: fmt.Sprintf("%s: %s", told.Rollout.Name, alert.Reason), Text: alert.Reason + toBeTold(told.Rollout), Evidence: told.Decision.Evidence,
		})
		if err != nil {
			a.log.ErrorContext(ctx, "incident not opened", "rollout", told.Rollout.ID, "error", err)
		}
	}
}
