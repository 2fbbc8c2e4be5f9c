package crowd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	// maxAnswer bounds how much of an answer is read, bytes.
	maxAnswer = 1 << 20
	// mostTries is how often a call is made before a visitor gives up, with firstPause doubling between them.
	mostTries  = 4
	firstPause = 200 * time.Millisecond
	// mostPause bounds how long a Retry-After keeps a visitor waiting.
	mostPause = 10 * time.Second
)

// page is one open page: it speaks OFREP and the beacon as Belay's SDK does.
type page struct {
	*walk
	visit    Visit
	flags    map[string]any
	etag     string
	revision int64
	stream   string // path of the event stream
	seq      int64
}

func (w *walk) open(v Visit) *page { return &page{walk: w, visit: v} }

func (p *page) on(key string) bool {
	on, _ := p.flags[key].(bool)
	return on
}

func (p *page) text(key string) string {
	text, _ := p.flags[key].(string)
	return text
}

// call makes one request and hands the answer to read; an answer is read to its end, so that its connection serves again.
func (p *page) call(ctx context.Context, method, address string, body []byte, headers http.Header, read func(*http.Response) error) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	maps.Copy(request.Header, headers)
	request.Header.Set("User-Agent", p.visit.UserAgent)
	response, err := p.http.Do(request)
	if err != nil {
		return err
	}
	defer drain(response)
	return read(response)
}

// refused is an answer that asks to come again later.
type refused struct {
	status string
	after  time.Duration
}

func (r *refused) Error() string { return "the answer was " + r.status }

// comeAgain tells an answer that asks to come again from one that is final.
func comeAgain(r *http.Response) error {
	if r.StatusCode != http.StatusTooManyRequests && r.StatusCode < http.StatusInternalServerError {
		return nil
	}
	seconds, _ := strconv.Atoi(r.Header.Get("Retry-After"))
	return &refused{r.Status, min(max(0, time.Duration(seconds)*time.Second), mostPause)}
}

// fetch asks for all flags; an unchanged answer costs nothing.
func (p *page) fetch(ctx context.Context) error {
	question, err := json.Marshal(map[string]any{"context": map[string]any{"targetingKey": p.visit.User}})
	if err != nil {
		return err
	}
	headers := http.Header{
		"Authorization": {"Bearer " + p.ClientKey},
		"Content-Type":  {"application/json; charset=utf-8"},
		"Belay-Session": {p.visit.Session},
	}
	if p.etag != "" {
		headers.Set("If-None-Match", p.etag)
	}
	return p.call(ctx, http.MethodPost, p.BelayURL+"/ofrep/v1/evaluate/flags", question, headers, func(r *http.Response) error {
		if err := comeAgain(r); err != nil {
			return err
		}
		if revision, err := strconv.ParseInt(r.Header.Get("Belay-Revision"), 10, 64); err == nil {
			p.revision = revision
		}
		switch r.StatusCode {
		case http.StatusNotModified:
			return nil
		case http.StatusOK:
			return p.apply(r)
		}
		return fmt.Errorf("OFREP answered %s", r.Status)
	})
}

// apply takes the flags of an answer over.
func (p *page) apply(r *http.Response) error {
	var answer struct {
		Flags []struct {
			Key   string `json:"key"`
			Value any    `json:"value"`
		} `json:"flags"`
		EventStreams []struct {
			Endpoint struct {
				RequestURI string `json:"requestUri"`
			} `json:"endpoint"`
		} `json:"eventStreams"`
	}
	if err := json.NewDecoder(io.LimitReader(r.Body, maxAnswer)).Decode(&answer); err != nil {
		return err
	}
	p.etag = r.Header.Get("ETag")
	p.flags = make(map[string]any, len(answer.Flags))
	for _, f := range answer.Flags {
		p.flags[f.Key] = f.Value
	}
	p.stream = ""
	if len(answer.EventStreams) > 0 {
		uri, err := url.Parse(answer.EventStreams[0].Endpoint.RequestURI)
		if err != nil {
			return err
		}
		query := uri.Query()
		query.Set("session", p.visit.Session) // so that Belay knows who has confirmed
		uri.RawQuery = query.Encode()
		p.stream = uri.RequestURI()
	}
	return nil
}

// event is one event of a beacon document.
type event map[string]any

func (p *page) event(kind string, fields event) event {
	p.seq++
	e := event{"seq": p.seq, "kind": kind, "at": time.Now().UnixMilli(), "page": "/"}
	maps.Copy(e, fields)
	return e
}

// confirm says which revision this page has applied.
func (p *page) confirm() event { return p.event("confirm", event{"value": p.revision}) }

// live reports one session: that it became ready, what mounted, how fast it was, what went wrong.
func (p *page) live(ctx context.Context, s Session) {
	variant := func(key string) string {
		if p.on(key) {
			return "on"
		}
		return "off"
	}
	events := []event{p.confirm(), p.event("ready", event{"value": s.ReadyIn.Milliseconds(), "page": s.Page})}
	for _, component := range s.Opens {
		events = append(events,
			p.event("exposure", event{"flag": component, "variant": variant(component), "component": component, "page": pages[component]}),
			p.event("render", event{"component": component, "variant": variant(component), "value": 4 + float64(p.seq%9), "page": pages[component]}))
	}
	events = append(events, p.event("vital", event{"name": "LCP", "value": s.LCP, "page": s.Page}))
	for _, f := range s.Errors {
		source := "window"
		if f.Boundary {
			source = "boundary"
		}
		fields := event{"name": f.Name, "message": f.Message, "stack": f.Stack, "source": source, "handled": f.Boundary, "page": s.Page}
		if f.Component != "" {
			fields["component"], fields["page"] = f.Component, pages[f.Component]
		}
		events = append(events, p.event("error", fields))
	}
	events = append(events, p.event("heartbeat", nil))
	p.send(ctx, events...)
}

// send posts one document and, as the SDK does, repeats it with the same numbers when it was not taken.
func (p *page) send(ctx context.Context, events ...event) {
	variants := map[string]string{}
	for key, value := range p.flags {
		if on, boolean := value.(bool); boolean {
			variants[key] = map[bool]string{true: "on", false: "off"}[on]
		}
	}
	err := p.insist(ctx, func(ctx context.Context) error {
		document, err := json.Marshal(map[string]any{
			"v": 1, "session": p.visit.Session, "user": p.visit.User, "sent_at": time.Now().UnixMilli(), "release": p.Release,
			"variants": variants, "events": events,
		})
		if err != nil {
			return err
		}
		return p.post(ctx, document)
	})
	if err != nil && ctx.Err() == nil {
		p.Counts.Unreachable.Add(1)
	}
}

// post sends a document once. Its error is one that another try may mend; a refusal is counted and said, and is final.
func (p *page) post(ctx context.Context, document []byte) error {
	address := p.BelayURL + "/beacon/v1?key=" + url.QueryEscape(p.ClientKey)
	return p.call(ctx, http.MethodPost, address, document, http.Header{"Content-Type": {"text/plain"}}, func(r *http.Response) error {
		if err := comeAgain(r); err != nil {
			return err
		}
		if r.StatusCode < http.StatusBadRequest {
			p.Counts.Beacons.Add(1)
			return nil
		}
		p.Counts.Refused.Add(1)
		reason, _ := io.ReadAll(io.LimitReader(r.Body, 1000))
		p.Log.WarnContext(ctx, "beacon refused", "status", r.Status, "answer", string(reason))
		return nil
	})
}

// insist tries something again after pauses that double, as a patient client does.
func (w *walk) insist(ctx context.Context, try func(context.Context) error) error {
	pause := firstPause
	for n := 1; ; n++ {
		err := try(ctx)
		if err == nil || n == mostTries {
			return err
		}
		if !wait(ctx, max(pause, askedPause(err))) {
			return ctx.Err()
		}
		pause *= 2
	}
}

// look fetches one page of SiteProof. Whether SiteProof answers is not the crowd's concern.
func (p *page) look(ctx context.Context) {
	_ = p.call(ctx, http.MethodGet, p.SiteURL+"/", nil, nil, func(*http.Response) error { return nil })
}

// drain lets the connection be used again.
func drain(response *http.Response) {
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer))
	_ = response.Body.Close()
}
