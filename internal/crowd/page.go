package crowd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxAnswer bounds how much of an answer is read, bytes.
const maxAnswer = 1 << 20

// page is one open page: it speaks OFREP and the beacon as Belay's SDK does.
type page struct {
	*walk
	user, session string
	agent         string
	flags         map[string]any
	etag          string
	revision      int64
	stream        string
	seq           int64
}

func (w *walk) open(user string) *page {
	w.mu.Lock()
	defer w.mu.Unlock()
	return &page{
		walk: w, user: user, agent: w.crowd.agent(),
		session: fmt.Sprintf("ses_%08x%08x", w.crowd.random.Uint32(), w.crowd.random.Uint64()),
	}
}

func (p *page) on(key string) bool {
	on, _ := p.flags[key].(bool)
	return on
}

func (p *page) text(key string) string {
	text, _ := p.flags[key].(string)
	return text
}

// fetch asks for all flags; an unchanged answer costs nothing.
func (p *page) fetch(ctx context.Context) error {
	question, err := json.Marshal(map[string]any{"context": map[string]any{"targetingKey": p.user}})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.BelayURL+"/ofrep/v1/evaluate/flags", bytes.NewReader(question))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+p.ClientKey)
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("Belay-Session", p.session)
	request.Header.Set("User-Agent", p.agent)
	if p.etag != "" {
		request.Header.Set("If-None-Match", p.etag)
	}
	response, err := p.http.Do(request)
	if err != nil {
		return err
	}
	defer drain(response)
	if revision, err := strconv.ParseInt(response.Header.Get("Belay-Revision"), 10, 64); err == nil {
		p.revision = revision
	}
	switch response.StatusCode {
	case http.StatusNotModified:
		return nil
	case http.StatusOK:
		return p.read(response)
	}
	return fmt.Errorf("OFREP answered %s", response.Status)
}

func (p *page) read(response *http.Response) error {
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
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&answer); err != nil {
		return err
	}
	p.etag = response.Header.Get("ETag")
	p.flags = make(map[string]any, len(answer.Flags))
	for _, f := range answer.Flags {
		p.flags[f.Key] = f.Value
	}
	if len(answer.EventStreams) > 0 {
		p.stream = answer.EventStreams[0].Endpoint.RequestURI
	}
	return nil
}

// listen stays on the event stream; on each event it fetches again and confirms. It returns when the stream ends.
func (p *page) listen(ctx context.Context) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.BelayURL+p.stream, nil)
	if err != nil || p.stream == "" {
		return
	}
	request.Header.Set("Accept", "text/event-stream")
	response, err := p.http.Do(request)
	if err != nil {
		return
	}
	defer drain(response)
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		if !strings.Contains(lines.Text(), "refetchEvaluation") {
			continue
		}
		if p.fetch(ctx) == nil {
			p.confirm(ctx)
		}
	}
}

// event is one event of a beacon document.
type event map[string]any

func (p *page) event(kind string, fields event) event {
	p.seq++
	e := event{"seq": p.seq, "kind": kind, "at": time.Now().UnixMilli(), "page": "/"}
	for k, v := range fields {
		e[k] = v
	}
	return e
}

func (p *page) confirm(ctx context.Context) {
	p.send(ctx, p.event("confirm", event{"value": p.revision}))
}

func (p *page) ready(ctx context.Context) { p.send(ctx, p.event("ready", event{"value": 700})) }

// live reports one session: what mounted, that it became ready, what went wrong, how fast it was.
func (p *page) live(ctx context.Context, s Session) {
	variant := func(key string) string {
		if p.on(key) {
			return "on"
		}
		return "off"
	}
	events := []event{p.event("ready", event{"value": s.ReadyIn.Milliseconds(), "page": s.Page})}
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

// send posts one document and, as the SDK does, repeats it with the same numbers when no answer came.
func (p *page) send(ctx context.Context, events ...event) {
	variants := map[string]string{}
	for key, value := range p.flags {
		switch on := value.(type) {
		case bool:
			variants[key] = map[bool]string{true: "on", false: "off"}[on]
		}
	}
	for attempt := range 3 {
		document, err := json.Marshal(map[string]any{
			"v": 1, "session": p.session, "user": p.user, "sent_at": time.Now().UnixMilli(), "release": p.Release,
			"variants": variants, "events": events,
		})
		if err != nil {
			return
		}
		if p.post(ctx, document) {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Duration(200<<attempt) * time.Millisecond):
		}
	}
	p.counts.Unreachable.Add(1)
}

// post says whether the document needs no repetition: it was taken, or it never will be.
func (p *page) post(ctx context.Context, document []byte) bool {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.BelayURL+"/beacon/v1?key="+p.ClientKey, bytes.NewReader(document))
	if err != nil {
		return true
	}
	request.Header.Set("Content-Type", "text/plain")
	request.Header.Set("User-Agent", p.agent)
	response, err := p.http.Do(request)
	if err != nil {
		return false
	}
	defer drain(response)
	switch {
	case response.StatusCode < http.StatusBadRequest:
		p.counts.Beacons.Add(1)
		return true
	case response.StatusCode == http.StatusTooManyRequests || response.StatusCode >= http.StatusInternalServerError:
		return false
	}
	p.counts.Refused.Add(1)
	reason, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
	p.Log.Warn("beacon refused", "status", response.Status, "answer", string(reason))
	return true
}

// look fetches one page of SiteProof.
func (p *page) look(ctx context.Context, site string) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, site+"/", nil)
	if err != nil {
		return
	}
	request.Header.Set("User-Agent", p.agent)
	if response, err := p.http.Do(request); err == nil {
		drain(response)
	}
}

// drain lets the connection be used again.
func drain(response *http.Response) {
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer))
	_ = response.Body.Close()
}
