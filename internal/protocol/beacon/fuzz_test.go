package beacon_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/protocol/beacon"
	"github.com/siteproof/belay/internal/telemetry"
)

// forgetful takes every event and keeps none, so that a long run does not fill a disk.
type forgetful struct{ telemetry.Store }

func (forgetful) Append(context.Context, []telemetry.Event) error { return nil }

func (forgetful) Tail(context.Context) (int64, map[string]time.Time, error) {
	return 0, map[string]time.Time{}, nil
}

func (forgetful) Sessions(context.Context, func(telemetry.Session) error) error { return nil }

func (forgetful) Seen(context.Context, []telemetry.Session, func(telemetry.Identity) error) error {
	return nil
}

func (forgetful) Recent(context.Context, int64, func(telemetry.Identity) error) error { return nil }

// FuzzDoor sends anything to the door. It may refuse only with problem details, and nothing that is sent is Belay's own
// fault.
func FuzzDoor(f *testing.F) {
	events := telemetry.New(telemetry.Options{Store: forgetful{}})
	require.NoError(f, events.Start(f.Context()))
	f.Cleanup(func() { require.NoError(f, events.Stop(context.Background())) })
	now := time.UnixMilli(1795353594137)
	b := start(f, nil)
	door := beacon.New(beacon.Options{
		Tenants: b.tenants, Telemetry: events, OnConfirm: func(string, string, int64) {},
		Now: func() time.Time { return now }, KeyRate: -1, AddressRate: -1,
	})
	document := func(kinds string) []byte {
		return []byte(`{"v":1,"session":"ses_fuzzed_1","user":"usr_42","sent_at":1795353594137,"release":"app@2.4.1","variants":{"ncr-form":"on"},"events":[` +
			strings.ReplaceAll(kinds, "NOW", "1795353594000") + `]}`)
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(document(everyKind)) // to memory
	require.NoError(f, z.Close())
	for _, body := range [][]byte{
		document(everyKind), packed.Bytes(), packed.Bytes()[:20], document(""), document(`{"seq":0}`), document(`{"seq":1,"seq":2}`),
		document(`{"seq": 1, "kind": "vital", "at": NOW, "name": "LCP", "value": 1e400}`), []byte(`{"v":2}`), []byte("\xef\xbb\xbf{}"), nil,
	} {
		f.Add("POST", "/beacon/v1", body)
	}
	f.Add("GET", "/beacon/v1", []byte(nil))
	f.Add("OPTIONS", "/beacon/v1", []byte(nil))
	f.Add("POST", "/beacon/v2", []byte(nil))
	f.Fuzz(func(t *testing.T, method, path string, body []byte) {
		r := &http.Request{
			Method: method, URL: &url.URL{Path: path, RawQuery: "key=" + b.env.ClientKey}, Header: http.Header{}, Host: "belay",
			Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), RemoteAddr: "127.0.0.1:1",
		}
		answer := httptest.NewRecorder()
		door.ServeHTTP(answer, r.WithContext(t.Context()))

		switch status := answer.Code; {
		case status == http.StatusNoContent && method == http.MethodOptions:
			require.Empty(t, answer.Body.String())
		case status == http.StatusAccepted:
			var took struct{ Accepted, Duplicate int }
			require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &took))
			require.Positive(t, took.Accepted+took.Duplicate)
		default:
			require.True(t, status >= 400 && status < 500, "%d %s", status, answer.Body)
			require.Equal(t, "application/problem+json", answer.Header().Get("Content-Type"))
			var problem struct {
				Status        int
				Title, Detail string
			}
			require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &problem), answer.Body.String())
			require.Equal(t, status, problem.Status)
			require.NotEmpty(t, problem.Title)
			require.NotEmpty(t, problem.Detail)
		}
	})
}
