package client

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/proposal"
)

// WaitsError is a change that was not made yet: it waits for approvals or its time, as a change request.
type WaitsError struct{ api.Accepted }

func (w *WaitsError) Error() string { return w.Detail }

// later is when what is called shall be made.
type later struct{ at, zone string }

type laterKey struct{}

// At has every change that is called in the context made at a time instead of at once: the calls answer *WaitsError. The
// time is RFC 3339, or one by the clocks of the zone ("" for UTC).
func At(ctx context.Context, at, zone string) context.Context {
	return context.WithValue(ctx, laterKey{}, later{at, zone})
}

// postpone asks for a change to be made later, when the context says so.
func postpone(ctx context.Context, header http.Header) {
	if when, ok := ctx.Value(laterKey{}).(later); ok && when.at != "" {
		header.Set("Belay-At", when.at)
		header.Set("Belay-Zone", when.zone)
	}
}

// Changes lists the change requests of an environment, newest first.
func (c *Client) Changes(ctx context.Context, env string, open bool) ([]api.ChangeRequest, error) {
	return call[[]api.ChangeRequest](ctx, c, http.MethodGet, "/environments/"+url.PathEscape(env)+"/changes?open="+strconv.FormatBool(open), nil)
}

// Propose asks for a change of one or several steps.
func (c *Client) Propose(ctx context.Context, env string, n api.NewChange) (proposal.Proposal, error) {
	return call[proposal.Proposal](ctx, c, http.MethodPost, "/environments/"+url.PathEscape(env)+"/changes", n)
}

// Change gives one change request.
func (c *Client) Change(ctx context.Context, id string) (api.ChangeRequest, error) {
	return call[api.ChangeRequest](ctx, c, http.MethodGet, "/changes/"+url.PathEscape(id), nil)
}

// ActOnChange does approve, reject, withdraw, refresh or run.
func (c *Client) ActOnChange(ctx context.Context, id, verb, reason string) (proposal.Proposal, error) {
	return call[proposal.Proposal](ctx, c, http.MethodPost, "/changes/"+url.PathEscape(id)+"/"+verb, api.Word{Reason: reason})
}

// PreviewUndo says what undoing a commit would do now.
func (c *Client) PreviewUndo(ctx context.Context, revision int64) (proposal.Undo, error) {
	return call[proposal.Undo](ctx, c, http.MethodGet, "/commits/"+strconv.FormatInt(revision, 10)+"/undo", nil)
}

// Undo takes a commit back.
func (c *Client) Undo(ctx context.Context, revision int64, reason string) (change.Commit, error) {
	return call[change.Commit](ctx, c, http.MethodPost, "/commits/"+strconv.FormatInt(revision, 10)+"/undo", api.Word{Reason: reason})
}

// People lists everybody who may sign in, or might have.
func (c *Client) People(ctx context.Context) ([]api.Member, error) {
	return call[[]api.Member](ctx, c, http.MethodGet, "/people", nil)
}

// AddPerson lets somebody in.
func (c *Client) AddPerson(ctx context.Context, n api.NewMember) (api.Invited, error) {
	return call[api.Invited](ctx, c, http.MethodPost, "/people", n)
}

// ChangePerson gives somebody another role, or locks them out.
func (c *Client) ChangePerson(ctx context.Context, id string, change api.MemberChange) (api.Member, error) {
	return call[api.Member](ctx, c, http.MethodPatch, "/people/"+url.PathEscape(id), change)
}

// exportFor bounds how long an export may take: a long journal is many pages.
const exportFor = 30 * time.Minute

// ExportAudit writes the journal as a file to w: jsonl or csv.
func (c *Client) ExportAudit(ctx context.Context, w io.Writer, f api.AuditFilter, format string) error {
	query := url.Values{
		"environment": {f.Environment}, "kind": {f.Kind}, "subject": {f.Subject}, "actor": {f.Actor}, "since": {f.Since}, "until": {f.Until}, "format": {format},
	}
	ctx, cancel := context.WithTimeout(ctx, exportFor)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/api/v1/audit/export?"+query.Encode(), nil)
	if err != nil {
		return fault.New(fault.Invalid, "%q is not the address of a Belay: %w", c.base, err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fault.New(fault.Unavailable, "Belay at %s does not answer: %w", c.base, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		answer, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer)) // half a refusal still says what is wrong
		return refusal(response.StatusCode, answer)
	}
	if _, err := io.Copy(w, response.Body); err != nil {
		return fault.New(fault.Unavailable, "the export broke off: %w", err)
	}
	return nil
}
