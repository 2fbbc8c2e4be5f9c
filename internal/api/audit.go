package api

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/change"
	"github.com/siteproof/belay/internal/fault"
)

// AuditFilter is the part of a query that narrows the journal.
type AuditFilter struct {
	Environment string `query:"environment" maxLength:"100" doc:"key or id; empty: all of them, and what belongs to none, such as people"`
	Kind        string `query:"kind" maxLength:"50" doc:"beginning of the kind, such as flag. or person."`
	Subject     string `query:"subject" maxLength:"150" doc:"key or id of what changed"`
	Actor       string `query:"actor" maxLength:"100" doc:"name or id of who changed it"`
	Since       string `query:"since" maxLength:"40" doc:"RFC 3339, or how long ago as in 24h"`
	Until       string `query:"until" maxLength:"40" doc:"RFC 3339, or how long ago"`
}

func (a *API) audit() {
	route(a, http.MethodGet, "/audit", auth.Read, "Who changed what, when and why, over all environments; newest first",
		func(ctx context.Context, in *struct {
			AuditFilter
			Before int64 `query:"before" minimum:"0" doc:"revisions below this one"`
			Limit  int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
		},
		) (*body[[]change.Commit], error) {
			f, err := a.auditFilter(in.AuditFilter)
			if err != nil {
				return nil, err
			}
			f.Before, f.Limit = in.Before, in.Limit
			found, err := a.Journal.List(ctx, f)
			if err != nil {
				return nil, err
			}
			return list(found), nil
		})
	route(a, http.MethodGet, "/audit/export", auth.Read, "The same as a file, all of it",
		func(ctx context.Context, in *struct {
			AuditFilter
			Format string `query:"format" enum:"jsonl,csv" default:"jsonl"`
		},
		) (*huma.StreamResponse, error) {
			f, err := a.auditFilter(in.AuditFilter)
			if err != nil {
				return nil, err
			}
			return &huma.StreamResponse{Body: func(out huma.Context) { a.export(ctx, out, f, in.Format) }}, nil
		})
}

func (a *API) auditFilter(in AuditFilter) (change.Filter, error) {
	f := change.Filter{KindPrefix: in.Kind, Subject: in.Subject, Actor: in.Actor}
	if in.Environment != "" {
		env, err := a.environment(in.Environment)
		if err != nil {
			return f, err
		}
		f.EnvironmentID = env.ID
	}
	var err error
	if f.Since, err = moment(in.Since, "since"); err != nil {
		return f, err
	}
	f.Until, err = moment(in.Until, "until")
	return f, err
}

// moment reads a time, or how long ago it was; "" is none.
func moment(text, field string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return time.Now().Add(-ago), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return at, fault.New(fault.Invalid, "%q is no time", text).At(field, "RFC 3339, such as 2026-11-24T09:00:00Z, or how long ago, such as 24h")
	}
	return at, nil
}

// exportPage is how many commits are read at once: each may hold a whole import.
const exportPage = 100

// export writes commits, newest first, page by page, so that memory does not grow with the journal. When it breaks off
// the answer ends without its last chunk, which clients notice.
func (a *API) export(ctx context.Context, out huma.Context, f change.Filter, format string) {
	write, kind := jsonLines(out.BodyWriter()), "application/jsonl"
	if format == "csv" {
		write, kind = csvLines(out.BodyWriter()), "text/csv; charset=utf-8"
	}
	out.SetHeader("Content-Type", kind)
	out.SetHeader("Content-Disposition", `attachment; filename="belay-audit.`+format+`"`)
	f.Limit = exportPage
	for {
		page, err := a.Journal.List(ctx, f)
		if err == nil {
			err = write(page)
		}
		if err != nil {
			a.Log.WarnContext(ctx, "audit export broke off", "error", err)
			panic(http.ErrAbortHandler)
		}
		if len(page) < exportPage {
			return
		}
		f.Before = page[len(page)-1].Revision
	}
}

func jsonLines(w io.Writer) func([]change.Commit) error {
	e := json.NewEncoder(w)
	return func(page []change.Commit) error {
		for _, c := range page {
			if err := e.Encode(c); err != nil {
				return err
			}
		}
		return nil
	}
}

// csvLines writes one line for each change, since that is what a table can be filtered by.
func csvLines(w io.Writer) func([]change.Commit) error {
	c := csv.NewWriter(w)
	head := []string{"revision", "at", "actor_kind", "actor_id", "actor", "reason", "environment_id", "kind", "subject", "before", "after"}
	return func(page []change.Commit) error {
		if head != nil {
			if err := c.Write(head); err != nil {
				return err
			}
			head = nil
		}
		for _, commit := range page {
			for _, ch := range commit.Changes {
				line := []string{
					strconv.FormatInt(commit.Revision, 10), commit.At.Format(time.RFC3339Nano), string(commit.Actor.Kind), commit.Actor.ID,
					commit.Actor.Name, commit.Reason, ch.EnvironmentID, ch.Kind, ch.Subject, string(ch.Before), string(ch.After),
				}
				for i := range line {
					line[i] = plain(line[i])
				}
				if err := c.Write(line); err != nil {
					return err
				}
			}
		}
		c.Flush()
		return c.Error()
	}
}

// plain keeps spreadsheets from taking what people typed as a formula.
func plain(cell string) string {
	if cell != "" && (cell[0] == '=' || cell[0] == '+' || cell[0] == '-' || cell[0] == '@' || cell[0] == '\t' || cell[0] == '\r') {
		return "'" + cell
	}
	return cell
}
