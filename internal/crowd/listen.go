package crowd

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// silence is how long a stream may say nothing before a page takes it for dead: three of Belay's heartbeats.
	silence = 45 * time.Second
	// leastAway and mostAway bound how long a page waits before it opens a lost stream again.
	leastAway = time.Second
	mostAway  = 30 * time.Second
)

// stay is a page that is left open: it hears of changes, fetches again and confirms. When its stream is lost it comes
// back, as the same session, until ctx ends.
func (p *page) stay(ctx context.Context) {
	away := leastAway
	for started := false; ctx.Err() == nil; {
		err := p.fetch(ctx)
		if err == nil {
			events := []event{p.confirm()}
			if !started {
				events = append(events, p.event("ready", event{"value": 700}))
				started = true
			}
			p.send(ctx, events...)
			p.Counts.Open.Add(1)
			var heard bool
			heard, err = p.listen(ctx)
			p.Counts.Open.Add(-1)
			if heard {
				away = leastAway
			}
		}
		// Spread, so that pages that lost their stream together do not come back together.
		pause := max(away/2+rand.N(away), askedPause(err)) //nolint:gosec // spreads load, guards nothing
		if !wait(ctx, pause) {
			return
		}
		away = min(2*away, mostAway)
	}
}

// listen stays on the event stream until it ends, and says whether anything was heard.
func (p *page) listen(ctx context.Context) (heard bool, err error) {
	if p.stream == "" {
		return false, errors.New("no stream was offered")
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.BelayURL+p.stream, nil)
	if err != nil {
		return false, err
	}
	request.Header.Set("Accept", "text/event-stream")
	request.Header.Set("User-Agent", p.visit.UserAgent)
	dead := time.AfterFunc(silence, cancel)
	defer dead.Stop()
	response, err := p.http.Do(request)
	if err != nil {
		return false, err
	}
	defer func() { _ = response.Body.Close() }()
	if err := comeAgain(response); err != nil {
		return false, err
	}
	if response.StatusCode != http.StatusOK {
		return false, fmt.Errorf("the stream answered %s", response.Status)
	}
	lines := bufio.NewScanner(response.Body)
	var id int64
	for lines.Scan() {
		dead.Reset(silence)
		heard = true
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "id":
			id, _ = strconv.ParseInt(value, 10, 64)
		case "data":
			if !p.changed(id, value) {
				continue
			}
			if err := p.insist(ctx, p.fetch); err != nil {
				return heard, err
			}
			p.Counts.Refetched.Add(1)
			p.send(ctx, p.confirm())
		}
	}
	return heard, lines.Err()
}

// changed says whether a message means that this page's flags may be old: it says so, or it greets with a revision that
// came between this page's question and its stream.
func (p *page) changed(id int64, data string) bool {
	var message struct {
		Type string `json:"type"`
	}
	if json.Unmarshal([]byte(data), &message) != nil {
		return false
	}
	return message.Type == "refetchEvaluation" || (message.Type == "hello" && id > p.revision)
}

// askedPause is how long an answer asked to wait.
func askedPause(err error) time.Duration {
	if r, ok := errors.AsType[*refused](err); ok {
		return r.after
	}
	return 0
}

// wait waits, unless ctx ends first.
func wait(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
