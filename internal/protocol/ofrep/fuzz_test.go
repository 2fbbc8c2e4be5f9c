package ofrep_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzDoor sends anything to the door. It may refuse only in OFREP's form, and nothing that is sent is Belay's own fault.
func FuzzDoor(f *testing.F) {
	w := newWorld(f, -1)
	door := w.server.Config.Handler
	keys := []string{w.env.ClientKey, w.env.ServerKey, "wrong", ""}
	for _, seed := range []struct{ method, path, tag, body string }{
		{"POST", bulk, "", `{"context":{"targetingKey":"usr_1","plan":"pro","age":61,"nested":{"a":[1,true,null]}}}`},
		{"POST", bulk + "/", `"abc", W/"def", *`, `{"context":{}}`},
		{"POST", bulk + "/design-system-v2", "", `{"context":{"targetingKey":"usr_1"}}`},
		{"POST", bulk + "/limits", "", `{"context":{"targetingKey":"","d":1e400}}`},
		{"POST", bulk + "/nothing", "", `{"context":{"targetingKey":7}}`},
		{"POST", bulk + "/../../x%2f", "", `{"context":[]}`},
		{"POST", bulk, "", `{"context":null}`},
		{"POST", bulk, "", "{\"context\":{\"targetingKey\":\"\xff\"}}"},
		{"POST", bulk, "", `{"context":` + strings.Repeat(`{"a":`, 20) + "1" + strings.Repeat("}", 21)},
		{"GET", bulk, "", ""},
		{"OPTIONS", bulk, "", ""},
		{"GET", "/ofrep/v1/stream", "", ""},
		{"POST", "/ofrep/", "", "\x1f\x8b"},
	} {
		for key := range keys {
			f.Add(byte(key), seed.method, seed.path, "", seed.tag, []byte(seed.body))
		}
	}
	f.Add(byte(0), "POST", bulk, "flagConfigEtag=x&flagConfigLastModified=%zz", "", []byte(`{"context":{"targetingKey":"usr_1"}}`))
	f.Fuzz(func(t *testing.T, key byte, method, path, query, tag string, body []byte) {
		r := &http.Request{
			Method: method, URL: &url.URL{Path: path, RawQuery: query}, Header: http.Header{}, Host: "belay",
			Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), RemoteAddr: "127.0.0.1:1",
		}
		if strings.Contains(query, keys[0]) { // a stream that opens stays open
			t.Skip()
		}
		r.Header.Set("Authorization", "Bearer "+keys[int(key)%len(keys)])
		r.Header.Set("If-None-Match", tag)
		if bytes.HasPrefix(body, []byte("\x1f\x8b")) {
			r.Header.Set("Content-Encoding", "gzip")
		}
		answer := httptest.NewRecorder()
		door.ServeHTTP(answer, r.WithContext(t.Context()))

		switch status := answer.Code; {
		case status == http.StatusNoContent && method == http.MethodOptions, status == http.StatusNotModified:
			require.Empty(t, answer.Body.String())
		case status == http.StatusOK:
			var body struct {
				Flags []struct{ Key, Reason string }
				Key   string
			}
			require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &body))
			require.True(t, len(body.Flags) >= 4 || body.Key != "", answer.Body.String())
		default:
			require.True(t, status >= 400 && status < 500, "%d %s", status, answer.Body)
			require.Equal(t, "application/json", answer.Header().Get("Content-Type"))
			var refusal struct{ ErrorCode, ErrorDetails string }
			require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &refusal), answer.Body.String())
			require.NotEmpty(t, refusal.ErrorCode)
			require.NotEmpty(t, refusal.ErrorDetails)
		}
	})
}
