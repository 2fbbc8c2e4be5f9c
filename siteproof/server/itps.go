package main

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"
)

type (
	itemKind   string // inspection, witness, hold
	itemResult string // open, pass, fail, na
)

const (
	kindInspection itemKind = "inspection"
	kindWitness    itemKind = "witness"
	kindHold       itemKind = "hold"

	resultOpen itemResult = "open"
	resultPass itemResult = "pass"
	resultFail itemResult = "fail"
	resultNA   itemResult = "na"

	// maxSignature bounds the PNG of a drawn signature as a data URL.
	maxSignature = 200 << 10
)

// itpSummary is an inspection and test plan as lists show it.
type itpSummary struct {
	ID         string `json:"id"`
	ProjectID  string `json:"projectId"`
	Number     string `json:"number"`
	Title      string `json:"title"`
	Trade      string `json:"trade"`
	Location   string `json:"location"`
	Status     string `json:"status"` // not-started, in-progress, held, complete
	ItemsTotal int    `json:"itemsTotal"`
	ItemsDone  int    `json:"itemsDone"`
	HoldsOpen  int    `json:"holdsOpen"`
	UpdatedAt  string `json:"updatedAt"`
}

// itp is an inspection and test plan with its items.
type itp struct {
	itpSummary
	Items []item `json:"items"`
}

// item is one check of a plan. Behind a hold point nothing may be recorded until it is signed.
type item struct {
	ID          string     `json:"id"`
	Position    int        `json:"position"`
	Activity    string     `json:"activity"`
	Acceptance  string     `json:"acceptance"`
	Reference   string     `json:"reference"`
	Kind        itemKind   `json:"kind"`
	Result      itemResult `json:"result"`
	Note        string     `json:"note"`
	InspectedBy string     `json:"inspectedBy"`
	InspectedAt string     `json:"inspectedAt"`
	PlannedOn   string     `json:"plannedOn"`
	Signature   *signature `json:"signature"`
}

// signature releases a hold point. It is never changed.
type signature struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"` // drawn, typed
	Image string `json:"image"`
	At    string `json:"at"`
}

func (i item) done() bool { return i.Result == resultPass || i.Result == resultNA }

// summarise derives a plan's state from its items.
func summarise(p *itpSummary, items []item) {
	started, next := false, ""
	p.ItemsTotal, p.ItemsDone, p.HoldsOpen = len(items), 0, 0
	for _, i := range items {
		started = started || i.Result != resultOpen
		if i.done() {
			p.ItemsDone++
			continue
		}
		if i.Kind == kindHold {
			p.HoldsOpen++
		}
		if next == "" {
			next = string(i.Kind)
		}
	}
	switch {
	case p.ItemsDone == p.ItemsTotal:
		p.Status = "complete"
	case !started:
		p.Status = "not-started"
	case next == string(kindHold):
		p.Status = "held"
	default:
		p.Status = "in-progress"
	}
}

// loadITPs reads the plans that a condition on "itps" selects, with their items.
func loadITPs(ctx context.Context, q querier, where string, args ...any) ([]itp, error) {
	plans, err := list(ctx, q, func(rows *sql.Rows) (itp, error) {
		var p itp
		var updatedAt int64
		err := rows.Scan(&p.ID, &p.ProjectID, &p.Number, &p.Title, &p.Trade, &p.Location, &updatedAt)
		p.UpdatedAt, p.Items = instant(updatedAt), []item{}
		return p, err
	}, "SELECT id, project_id, number, title, trade, location, updated_at FROM itps WHERE "+where+" ORDER BY number", args...)
	if err != nil {
		return nil, fmt.Errorf("read the plans: %w", err)
	}
	type owned struct {
		plan string
		item
	}
	items, err := list(ctx, q, func(rows *sql.Rows) (owned, error) {
		var o owned
		var inspectedAt, signedAt int64
		var s signature
		err := rows.Scan(&o.plan, &o.ID, &o.Position, &o.Activity, &o.Acceptance, &o.Reference, &o.Kind, &o.Result, &o.Note,
			&o.InspectedBy, &inspectedAt, &o.PlannedOn, &s.Name, &s.Kind, &s.Image, &signedAt)
		o.InspectedAt = instant(inspectedAt)
		if signedAt != 0 {
			s.At = instant(signedAt)
			o.Signature = &s
		}
		return o, err
	}, `SELECT i.itp_id, i.id, i.position, i.activity, i.acceptance, i.reference, i.kind, i.result, i.note, i.inspected_by,
		i.inspected_at, i.planned_on, coalesce(s.name, ''), coalesce(s.kind, ''), coalesce(s.image, ''), coalesce(s.signed_at, 0)
		FROM itp_items i LEFT JOIN signatures s ON s.item_id = i.id
		WHERE i.itp_id IN (SELECT id FROM itps WHERE `+where+`) ORDER BY i.itp_id, i.position`, args...)
	if err != nil {
		return nil, fmt.Errorf("read the items: %w", err)
	}
	byPlan := map[string][]item{}
	for _, o := range items {
		byPlan[o.plan] = append(byPlan[o.plan], o.item)
	}
	for n := range plans {
		plans[n].Items = append(plans[n].Items, byPlan[plans[n].ID]...)
		summarise(&plans[n].itpSummary, plans[n].Items)
	}
	return plans, nil
}

func loadITP(ctx context.Context, q querier, id string) (itp, error) {
	plans, err := loadITPs(ctx, q, "id = $1", id)
	if err != nil {
		return itp{}, err
	}
	if len(plans) == 0 {
		return itp{}, notFound("inspection and test plan")
	}
	return plans[0], nil
}

func (a *app) listITPs(r *http.Request, _ account) (any, error) {
	p, err := findProject(r.Context(), a.db.read, r.URL.Query().Get("projectId"))
	if err != nil {
		return nil, err
	}
	plans, err := loadITPs(r.Context(), a.db.read, "project_id = $1", p.ID)
	summaries := make([]itpSummary, len(plans))
	for n := range plans {
		summaries[n] = plans[n].itpSummary
	}
	return summaries, err
}

func (a *app) findITP(r *http.Request, _ account) (any, error) {
	return loadITP(r.Context(), a.db.read, r.PathValue("id"))
}

// findItem gives a plan, one of its items, and the unsigned hold point that stands before that item, if any.
func findItem(c call) (plan itp, found item, hold *item, err error) {
	if plan, err = loadITP(c, c.tx, c.r.PathValue("id")); err != nil {
		return plan, found, nil, err
	}
	for n, i := range plan.Items {
		if i.ID == c.r.PathValue("item") {
			return plan, i, hold, nil
		}
		if i.Kind == kindHold && !i.done() && hold == nil {
			hold = &plan.Items[n]
		}
	}
	return plan, found, nil, notFound("item in this plan")
}

// itemChange is what recording an inspection says.
type itemChange struct {
	Result itemResult `json:"result"`
	Note   string     `json:"note"`
}

func (a *app) recordItem(c call) (int, any, error) {
	var given itemChange
	if err := decode(c.body, &given); err != nil {
		return 0, nil, err
	}
	var ch checks
	oneOf(&ch, "result", given.Result, resultOpen, resultPass, resultFail, resultNA)
	ch.text("note", &given.Note, false, 2000)
	ch.add(given.Result != resultFail || given.Note != "", "note", "Say what is wrong.")
	if err := ch.err(); err != nil {
		return 0, nil, err
	}
	plan, i, hold, err := findItem(c)
	if err != nil {
		return 0, nil, err
	}
	switch {
	case i.Kind == kindHold:
		return 0, nil, forbiddenStep("A hold point is released by a signature.")
	case hold != nil:
		return 0, nil, forbiddenStep("The hold point %q comes first and is not signed yet.", hold.Activity)
	}
	for _, later := range plan.Items[i.Position:] {
		if later.Signature != nil {
			return 0, nil, forbiddenStep("The hold point %q was signed after this; it can no longer be changed.", later.Activity)
		}
	}
	by, at := c.who.Name, c.now.UnixMicro()
	if given.Result == resultOpen {
		by, at = "", 0
	}
	if _, err := c.tx.ExecContext(c, "UPDATE itp_items SET result = $1, note = $2, inspected_by = $3, inspected_at = $4 WHERE id = $5",
		given.Result, given.Note, by, at, i.ID); err != nil {
		return 0, nil, fmt.Errorf("record the item: %w", err)
	}
	words := map[itemResult]string{resultOpen: "reopened", resultPass: "passed", resultFail: "failed", resultNA: "set aside"}
	return finishItem(c, plan, fmt.Sprintf("%s %s in %s", words[given.Result], lower(i.Activity), plan.Number))
}

// newSignature is what signing a hold point says.
type newSignature struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Image string `json:"image"`
}

func (a *app) signItem(c call) (int, any, error) {
	var given newSignature
	if err := decode(c.body, &given); err != nil {
		return 0, nil, err
	}
	var ch checks
	ch.text("name", &given.Name, true, 100)
	oneOf(&ch, "kind", given.Kind, "drawn", "typed")
	if given.Kind == "drawn" {
		ch.add(drawing(given.Image), "image", "Please sign in the box.")
		ch.add(len(given.Image) <= maxSignature, "image", "The drawing is too large.")
	} else {
		given.Image = ""
	}
	if err := ch.err(); err != nil {
		return 0, nil, err
	}
	plan, i, hold, err := findItem(c)
	if err != nil {
		return 0, nil, err
	}
	switch {
	case i.Kind != kindHold:
		return 0, nil, forbiddenStep("Only hold points are signed.")
	case i.Signature != nil:
		return 0, nil, forbiddenStep("%s has signed this hold point already.", i.Signature.Name)
	case hold != nil:
		return 0, nil, forbiddenStep("The hold point %q comes first and is not signed yet.", hold.Activity)
	}
	for _, before := range plan.Items[:i.Position-1] {
		if !before.done() {
			return 0, nil, forbiddenStep("%q comes before this hold point and is not complete.", before.Activity)
		}
	}
	if _, err := c.tx.ExecContext(c, "INSERT INTO signatures VALUES ($1, $2, $3, $4, $5, $6)",
		i.ID, c.who.ID, given.Name, given.Kind, given.Image, c.now.UnixMicro()); err != nil {
		return 0, nil, fmt.Errorf("keep the signature: %w", err)
	}
	if _, err := c.tx.ExecContext(c, "UPDATE itp_items SET result = $1, inspected_by = $2, inspected_at = $3 WHERE id = $4",
		resultPass, given.Name, c.now.UnixMicro(), i.ID); err != nil {
		return 0, nil, fmt.Errorf("release the hold point: %w", err)
	}
	return finishItem(c, plan, fmt.Sprintf("released hold point %s in %s", lower(i.Activity), plan.Number))
}

func finishItem(c call, plan itp, what string) (int, any, error) {
	if _, err := c.tx.ExecContext(c, "UPDATE itps SET updated_at = $1 WHERE id = $2", c.now.UnixMicro(), plan.ID); err != nil {
		return 0, nil, fmt.Errorf("touch the plan: %w", err)
	}
	if err := note(c, c.tx, plan.ProjectID, c.now, c.who.Name, what, "/itps/"+plan.ID); err != nil {
		return 0, nil, err
	}
	changed, err := loadITP(c, c.tx, plan.ID)
	return http.StatusOK, changed, err
}

// drawing tells whether a text is a PNG as a data URL.
func drawing(text string) bool {
	coded, found := strings.CutPrefix(text, "data:image/png;base64,")
	image, err := base64.StdEncoding.DecodeString(coded)
	return found && err == nil && strings.HasPrefix(string(image), "\x89PNG\r\n\x1a\n")
}

// lower puts the name of an activity into a sentence; a word in capitals stays.
func lower(name string) string {
	if len(name) > 1 && name[1] >= 'a' && name[1] <= 'z' {
		return strings.ToLower(name[:1]) + name[1:]
	}
	return name
}

// today is the day that a caller means: its own, when it says one that some place on Earth has now.
func (a *app) today(r *http.Request) string {
	now := a.now().UTC()
	said, err := time.Parse(time.DateOnly, r.URL.Query().Get("today"))
	if err != nil || said.Sub(now).Abs() > 48*time.Hour {
		return now.Format(time.DateOnly)
	}
	return said.Format(time.DateOnly)
}
