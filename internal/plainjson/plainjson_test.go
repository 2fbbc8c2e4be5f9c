package plainjson_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/plainjson"
)

// flat reads an object of scalars.
func flat(text string) (map[string]any, bool) {
	s := plainjson.New(text)
	out := map[string]any{}
	if !s.Take('{') {
		return nil, false
	}
	for more := !s.Take('}'); more; {
		key, found := s.Key()
		if !found {
			return nil, false
		}
		if out[key], found = s.Scalar(); !found {
			return nil, false
		}
		if more, found = s.More('}'); !found {
			return nil, false
		}
	}
	return out, s.End()
}

// requireAgreement holds the scanner to encoding/json: what it reads is the same, and what is wrong it does not read.
func requireAgreement(t require.TestingT, text string) bool {
	got, read := flat(text)
	if !read {
		return false
	}
	decoder := json.NewDecoder(bytes.NewReader([]byte(text)))
	decoder.UseNumber()
	var want map[string]any
	require.True(t, json.Valid([]byte(text)), "%q", text)
	require.NoError(t, decoder.Decode(&want), "%q", text)
	require.Equal(t, want, got, "%q", text)
	return true
}

func TestUsualObjectsAreReadAsEncodingJSONReadsThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.OneOf(rapid.StringMatching(`[^"\\<>&\x00-\x1f]*`).AsAny(), rapid.Bool().AsAny(), rapid.Float64().AsAny(), rapid.Int().AsAny(), rapid.Just[any](nil))
		object := rapid.MapOf(rapid.StringMatching(`[a-zA-Zäß_.$ ]*`), value).Draw(t, "object")
		text, err := json.Marshal(object)
		require.NoError(t, err)
		require.True(t, requireAgreement(t, string(text)), "%s is usual", text)
	})
}

func TestWhatIsWrongIsNotRead(t *testing.T) {
	for _, text := range []string{
		"", "{", "{}x", "[]", `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":01}`, `{"a":1.}`, `{"a":.5}`, `{"a":+1}`, `{"a":1e}`, `{"a":-}`, `{"a":tru}`, `{"a":NaN}`,
		"{\"a\":\"\n\"}", "{\"a\":\"\xff\"}", `{"a":"x}`, `{a:1}`, `{"a" 1}`, `{"a":1 "b":2}`, `{"a":nulll}`, `{,}`, "\xef\xbb\xbf{}",
	} {
		_, read := flat(text)
		require.False(t, read, "%q", text)
	}
}

func FuzzScanner(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1}`, `{ "a" : "b" , "c" : true }`, `{"a":-0.5e+3}`, `{"a":1,"a":2}`, `{"a":"\u0041"}`, `{"a":[1]}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) { requireAgreement(t, text) })
}

func TestTextIsWrittenAsEncodingJSONWritesIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-z "\\<>&\x00-\x20]*`)).Draw(t, "text")
		want, err := json.Marshal(text)
		require.NoError(t, err)
		require.Equal(t, string(want), string(plainjson.AppendText(nil, text)))
	})
}
