package client

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/siteproof/belay/internal/fault"
)

// traceEnd is how the last line of a whole trace says what it is.
var traceEnd = []byte(`"type":"end"`)

// Trace writes a rollout that has happened as a trace for belay simulate. A trace that broke off is an error, with what
// had come written.
func (c *Client) Trace(ctx context.Context, id string, w io.Writer) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/api/v1/rollouts/"+url.PathEscape(id)+"/trace", nil)
	if err != nil {
		return fault.New(fault.Invalid, "%q is not the address of a Belay: %w", c.base, err)
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	response, err := (&http.Client{Transport: c.http.Transport}).Do(request) // however long it takes
	if err != nil {
		return fault.New(fault.Unavailable, "Belay at %s does not answer: %w", c.base, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusBadRequest {
		answer, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer)) // what came of it says enough
		return refusal(response.StatusCode, answer)
	}
	lines, ended := bufio.NewReader(response.Body), false
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			if _, err := w.Write(line); err != nil {
				return fault.New(fault.Unavailable, "the trace cannot be written: %w", err)
			}
			ended = bytes.Contains(line, traceEnd)
		}
		if errors.Is(err, io.EOF) && ended {
			return nil
		}
		if err != nil {
			return fault.New(fault.Unavailable, "the trace of Belay at %s broke off", c.base).Hint("the log of belay serve says why")
		}
	}
}
