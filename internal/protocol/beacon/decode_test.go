package beacon

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/telemetry"
)

// FuzzDecode holds the reader against encoding/json: what it accepts must be JSON and mean the same.
func FuzzDecode(f *testing.F) {
	now := time.UnixMilli(1795353594137).UTC()
	const head = `{"v":1,"session":"ses_fuzz_seed","user":"usr_\u00e9\ud83d\ude00","sent_at":1795353594137,"variants":{"a":"on","b":"\/"},"events":[`
	for _, seed := range []string{
		head + `{"seq":1,"kind":"heartbeat","at":1795353594137}]}`,
		head + `{"seq":2,"kind":"error","at":1.795353594137e12,"message":"a\u0000\ud800\"b","stack":"\n\t","handled":true,"source":"window"}]}`,
		head + `{"seq":3,"kind":"event","at":1795353594000.5,"name":"n","properties":{"a":1e5,"b":null,"c":"\u0041","d":false}} , {"seq":4,"kind":"vital","at":1795353594137,"name":"CLS","value":-0.0e-1}]}`,
		`{"v":1}`, `{"v":1,"v":1}`, `[[[`, `{"events":[{"value":-1.5e-7}]}`, ``, "\xff", `{"v":01}`, `{"user":"\u12`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		events, err := decode(text, now)
		if err != nil {
			require.True(t, fault.Is(err, fault.Invalid), "%v", err)
			require.Less(t, len(err.Error()), 1000)
			return
		}
		var want struct {
			User     string
			Variants map[string]string
			Events   []struct {
				Seq                  int64
				Kind                 telemetry.Kind
				Value                float64
				Name, Message, Stack string
				Properties           json.RawMessage
			}
		}
		require.NoError(t, json.Unmarshal(text, &want), "accepted, but encoding/json does not")
		require.Len(t, events, len(want.Events))
		for i, e := range events {
			w := want.Events[i]
			require.Equal(t, want.User, e.User)
			require.Len(t, e.Variants, len(want.Variants))
			require.Equal(t, w.Seq, e.Seq)
			require.Equal(t, w.Kind, e.Kind)
			require.Equal(t, w.Value, e.Value) //nolint:testifylint // the same bits are meant
			require.Equal(t, w.Name, e.Name)
			require.Equal(t, strings.ReplaceAll(w.Message, "\x00", "\uFFFD"), e.Message)
			require.Equal(t, strings.ReplaceAll(w.Stack, "\x00", "\uFFFD"), e.Stack)
			if w.Properties != nil {
				require.JSONEq(t, string(w.Properties), string(e.Properties))
			}
			require.False(t, e.At.After(now.Add(futureFor)))
			require.False(t, e.At.Before(now.Add(-pastFor)))
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	now := time.UnixMilli(1795353594137)
	events := bytes.Repeat([]byte(`{"seq":1,"kind":"error","at":1795353594137,"page":"/ncrs/new","name":"TypeError","message":"x is undefined","stack":"TypeError: x is undefined\n    at save (https://app.example/assets/ncr-form-3f2a1c9d.js:1:2034)","source":"boundary","handled":true,"component":"ncr-form"},`), 20)
	text := []byte(`{"v":1,"session":"ses_benchmark","user":"usr_42","sent_at":1795353594137,"variants":{"design-system-v2":"on","ncr-form":"on"},"events":[` + string(events[:len(events)-1]) + `]}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decode(text, now); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(20*b.N), "ns/event")
}
