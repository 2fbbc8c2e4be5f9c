// Package client calls Belay's API. The command line and the tests use it.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/siteproof/belay/internal/api"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/evidence"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/incident"
	"github.com/siteproof/belay/internal/rollout"
)

const (
	timeout = 30 * time.Second
	// maxAnswer bounds how many bytes of an answer are read.
	maxAnswer = 32 << 20
)

// Client calls one Belay as one token. It is safe for concurrent use.
type Client struct {
	base, token string
	http        *http.Client
}

// New makes a client of the Belay at base, such as http://127.0.0.1:7400.
func New(base, token string) *Client {
	return &Client{base: strings.TrimRight(base, "/"), token: token, http: &http.Client{Timeout: timeout}}
}

// Base is the address this client calls.
func (c *Client) Base() string { return c.base }

// Instance says which Belay this is.
func (c *Client) Instance(ctx context.Context) (api.Instance, error) {
	return call[api.Instance](ctx, c, http.MethodGet, "/instance", nil)
}

// Environments lists every environment with its keys.
func (c *Client) Environments(ctx context.Context) ([]api.Environment, error) {
	return call[[]api.Environment](ctx, c, http.MethodGet, "/environments", nil)
}

// Environment finds one environment by key or id.
func (c *Client) Environment(ctx context.Context, key string) (api.Environment, error) {
	all, err := c.Environments(ctx)
	if err != nil {
		return api.Environment{}, err
	}
	var keys []string
	for _, e := range all {
		if e.Key == key || e.ID == key {
			return e, nil
		}
		keys = append(keys, e.Key)
	}
	return api.Environment{}, fault.New(fault.NotFound, "there is no environment %q", key).Hint("there are: %s", strings.Join(keys, ", "))
}

// Overview is what somebody should see first.
func (c *Client) Overview(ctx context.Context, env string) (api.Overview, error) {
	return call[api.Overview](ctx, c, http.MethodGet, "/environments/"+url.PathEscape(env)+"/overview", nil)
}

// Flags gives the tree of flags.
func (c *Client) Flags(ctx context.Context, env string) ([]api.FlagNode, error) {
	return call[[]api.FlagNode](ctx, c, http.MethodGet, "/environments/"+url.PathEscape(env)+"/flags", nil)
}

// ChangeFlag switches a flag or changes its value.
func (c *Client) ChangeFlag(ctx context.Context, env, key string, change api.FlagChange) (flag.Flag, error) {
	return call[flag.Flag](ctx, c, http.MethodPatch, "/environments/"+url.PathEscape(env)+"/flags/"+url.PathEscape(key), change)
}

// CreateFlag makes a flag.
func (c *Client) CreateFlag(ctx context.Context, env string, n api.NewFlag) (flag.Flag, error) {
	return call[flag.Flag](ctx, c, http.MethodPost, "/environments/"+url.PathEscape(env)+"/flags", n)
}

// Rollouts lists rollouts, running ones first.
func (c *Client) Rollouts(ctx context.Context, env string) ([]api.RolloutSummary, error) {
	return call[[]api.RolloutSummary](ctx, c, http.MethodGet, "/environments/"+url.PathEscape(env)+"/rollouts", nil)
}

// CreateRollout plans a rollout.
func (c *Client) CreateRollout(ctx context.Context, env string, n api.NewRollout) (rollout.Rollout, error) {
	return call[rollout.Rollout](ctx, c, http.MethodPost, "/environments/"+url.PathEscape(env)+"/rollouts", n)
}

// Evidence gives the report of a rollout for auditors.
func (c *Client) Evidence(ctx context.Context, id string) (evidence.File, error) {
	return call[evidence.File](ctx, c, http.MethodGet, "/rollouts/"+url.PathEscape(id)+"/evidence", nil)
}

// Rollout gives one rollout with its evidence.
func (c *Client) Rollout(ctx context.Context, id string) (rollout.Page, error) {
	return call[rollout.Page](ctx, c, http.MethodGet, "/rollouts/"+url.PathEscape(id), nil)
}

// Act does start, advance, hold, resume, approve or rollback.
func (c *Client) Act(ctx context.Context, id, verb string, act api.Act) (rollout.Rollout, error) {
	return call[rollout.Rollout](ctx, c, http.MethodPost, "/rollouts/"+url.PathEscape(id)+"/"+verb, act)
}

// Clients counts the browsers whose stream is open.
func (c *Client) Clients(ctx context.Context, env string) (api.Clients, error) {
	return call[api.Clients](ctx, c, http.MethodGet, "/environments/"+url.PathEscape(env)+"/clients", nil)
}

// Issues lists groups of like errors since that long ago, of one component when it is not empty.
func (c *Client) Issues(ctx context.Context, env, component string, since time.Duration) ([]api.IssueSummary, error) {
	query := url.Values{"since": {since.String()}, "component": {component}}
	return call[[]api.IssueSummary](ctx, c, http.MethodGet, "/environments/"+url.PathEscape(env)+"/issues?"+query.Encode(), nil)
}

// Incidents lists incidents, newest first.
func (c *Client) Incidents(ctx context.Context, env string) ([]incident.Incident, error) {
	return call[[]incident.Incident](ctx, c, http.MethodGet, "/environments/"+url.PathEscape(env)+"/incidents", nil)
}

// NoteIncident adds to an incident's timeline or moves it on.
func (c *Client) NoteIncident(ctx context.Context, id string, note api.IncidentNote) (incident.Incident, error) {
	return call[incident.Incident](ctx, c, http.MethodPatch, "/incidents/"+url.PathEscape(id), note)
}

// Commits reads the journal of one environment, newest first.
func (c *Client) Commits(ctx context.Context, env string, f change.Filter) ([]change.Commit, error) {
	query := url.Values{"kind": {f.KindPrefix}, "subject": {f.Subject}}
	if f.Before > 0 {
		query.Set("before", strconv.FormatInt(f.Before, 10))
	}
	if f.Limit > 0 {
		query.Set("limit", strconv.Itoa(f.Limit))
	}
	return call[[]change.Commit](ctx, c, http.MethodGet, "/environments/"+url.PathEscape(env)+"/commits?"+query.Encode(), nil)
}

func call[T any](ctx context.Context, c *Client, method, path string, in any) (T, error) {
	var out T
	var payload io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return out, fmt.Errorf("write the request %s %s: %w", method, path, err)
		}
		payload = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+"/api/v1"+path, payload)
	if err != nil {
		return out, fault.New(fault.Invalid, "%q is not the address of a Belay: %w", c.base, err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	if in != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if method != http.MethodGet {
		postpone(ctx, request.Header)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return out, fault.New(fault.Unavailable, "Belay at %s does not answer: %w", c.base, err).
			Hint("is it running? belay serve starts it; --url or BELAY_URL says where it is")
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return out, fault.New(fault.Unavailable, "the answer of Belay at %s broke off: %w", c.base, err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		return out, refusal(response.StatusCode, answer)
	}
	if response.StatusCode == http.StatusAccepted && response.Header.Get("Belay-Change-Request") != "" {
		var waits WaitsError
		if err := json.Unmarshal(answer, &waits.Accepted); err != nil {
			return out, fault.New(fault.Internal, "what answers at %s is not Belay: %w", c.base, err)
		}
		return out, &waits
	}
	if response.StatusCode == http.StatusNoContent {
		return out, nil
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return out, fault.New(fault.Internal, "what answers at %s is not Belay: %w", c.base, err)
	}
	return out, nil
}

// codes maps a status back to the fault that made it.
var codes = map[int]fault.Code{
	http.StatusBadRequest: fault.Invalid, http.StatusUnprocessableEntity: fault.Invalid,
	http.StatusUnauthorized: fault.Unauthenticated, http.StatusForbidden: fault.Forbidden,
	http.StatusNotFound: fault.NotFound, http.StatusConflict: fault.Conflict,
	http.StatusRequestEntityTooLarge: fault.TooLarge, http.StatusTooManyRequests: fault.Limited,
	http.StatusServiceUnavailable: fault.Unavailable,
}

// refusal reads problem details back into a fault.
func refusal(status int, answer []byte) error {
	var p struct {
		Detail string        `json:"detail"`
		Hint   string        `json:"hint"`
		Fields []fault.Field `json:"fields"`
	}
	if err := json.Unmarshal(answer, &p); err != nil || p.Detail == "" {
		p.Detail = fmt.Sprintf("the server answered %d %s", status, http.StatusText(status))
	}
	code, ok := codes[status]
	if !ok {
		code = fault.Internal
	}
	f := fault.New(code, "%s", p.Detail)
	f.Way, f.Fields = p.Hint, p.Fields
	return f
}
