package telemetry_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/telemetry"
)

func TestTheSameFaultHasOneFingerprintInEveryBundle(t *testing.T) {
	type occurrence struct{ name, message, stack, component string }
	first := occurrence{
		"TypeError", "Cannot read properties of undefined (reading 'photos')",
		"TypeError: Cannot read properties of undefined (reading 'photos')\n    at savePhotos (https://app.example/assets/ncr-form-3f2a1c9d.js:1:2034)\n    at a (https://app.example/assets/index-77aa.js:3:1)\n    at handleSubmit (https://app.example/assets/ncr-form-3f2a1c9d.js:2:99)", "ncr-form",
	}
	of := func(o occurrence) string { return telemetry.Fingerprint(o.name, o.message, o.stack, o.component) }
	same := map[string]occurrence{
		"another bundle and line": {first.name, first.message, strings.NewReplacer("3f2a1c9d", "00bb12ef", "1:2034", "9:7", " at a ", " at Xq ").Replace(first.stack), first.component},
		"Firefox's way to write it": {
			first.name, first.message,
			"savePhotos@https://app.example/assets/ncr-form-3f2a1c9d.js:1:2034\na@https://app.example/assets/index-77aa.js:3:1\nhandleSubmit@https://app.example/assets/ncr-form-3f2a1c9d.js:2:99\n", first.component,
		},
		"as a method, awaited": {first.name, first.message, strings.Replace(first.stack, "at savePhotos", "at async Form.savePhotos", 1), first.component},
	}
	for name, o := range same {
		require.Equal(t, of(first), of(o), name)
	}
	differ := map[string]occurrence{
		"another property":  {first.name, strings.Replace(first.message, "photos", "notes", 1), first.stack, first.component},
		"another type":      {"RangeError", first.message, first.stack, first.component},
		"another component": {first.name, first.message, first.stack, "dashboard"},
		"another function":  {first.name, first.message, strings.Replace(first.stack, "savePhotos", "loadPhotos", 1), first.component},
	}
	for name, o := range differ {
		require.NotEqual(t, of(first), of(o), name)
	}
}

func TestMessagesThatDifferInTheirValuesAreOneFault(t *testing.T) {
	for _, messages := range [][]string{
		{"NCR 1842 was not found", "NCR 77 was not found"},
		{"GET https://api.example/ncrs/9?x=1 failed with 503", "GET https://other.example/ncrs/1 failed with 500"},
		{`"Ann" is not a number`, `"Bob's" is not a number`},
		{"Loading chunk 8f3a21bc failed", "Loading chunk deadbeef failed"},
		{"record 0190ac3e-77aa-7c11-b1b2-0242ac120002 is locked", "record 0190ffff-77aa-7c11-b1b2-0242ac120002 is locked"},
	} {
		require.Equal(t, telemetry.Fingerprint("Error", messages[0], "", ""), telemetry.Fingerprint("Error", messages[1], "", ""), "%v", messages)
	}
	require.NotEqual(t, telemetry.Fingerprint("Error", "a is not a function", "", ""), telemetry.Fingerprint("Error", "b is not a function", "", ""))
}

func TestScrubTakesOutWhatIsPrivateAndLeavesTheRest(t *testing.T) {
	for in, want := range map[string]string{
		"mail to ann.smith+x@mail.example.co.uk failed":       "mail to [email] failed",
		"card 4111 1111 1111 1111 declined":                   "card [card] declined",
		"card 4111-1111-1111-1112 declined":                   "card 4111-1111-1111-1112 declined", // its check digit is wrong
		"at 1795353594137123":                                 "at 1795353594137123",
		"token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sflKxwRJ": "token [token]",
		"Authorization: Bearer abc.def-123456":                "Authorization: Bearer [token]",
		"GET /x?access_token=s3cr3tvalue&page=2":              "GET /x?access_token=[token]&page=2",
		`{"password":"hunter2222"}`:                           `{"password":"[token]"}`,
		"key 'a' is missing":                                  "key 'a' is missing",
		"save@main.js:1:2":                                    "save@main.js:1:2",
		"node_modules/react-dom@19.0.0/index.js":              "node_modules/react-dom@19.0.0/index.js",
	} {
		require.Equal(t, want, telemetry.Scrub(in))
	}
}

func TestNoTextTakesLongToScrubOrFingerprint(t *testing.T) {
	for _, unit := range []string{"a", "1 ", "@", "a@b.", "'", "`\"", "at f (", "eyJ.", "token=", "\n", "//", "reading '", "é", "-"} {
		text := strings.Repeat(unit, telemetry.MaxStack/len(unit))
		began := time.Now()
		telemetry.Fingerprint("E", telemetry.Scrub(text[:min(len(text), telemetry.MaxMessage)]), telemetry.Scrub(text), "")
		require.Less(t, time.Since(began), time.Second, "%q", unit)
	}
}

func TestAnyTextStaysValidAndScrubbingTwiceChangesNothing(t *testing.T) {
	texts := rapid.OneOf(rapid.String(), rapid.StringMatching(`([a-z]{0,5}@[a-z]{1,4}\.com|4111111111111111|token=[a-z]{8}| ){0,6}`))
	rapid.Check(t, func(t *rapid.T) {
		in := texts.Draw(t, "text")
		once := telemetry.Scrub(in)
		require.Equal(t, once, telemetry.Scrub(once))
		require.True(t, utf8.ValidString(once))
		require.Len(t, telemetry.Fingerprint(in, in, in, in), 16)
	})
}

func TestBrowsersAreKnownByTheirFamilies(t *testing.T) {
	for userAgent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36":                                     "Chrome Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0":                       "Edge Windows",
		"Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0":                                                                              "Firefox Linux",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15":                               "Safari macOS",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/142.0.0.0 Mobile/15E148 Safari/604.1":          "Chrome iOS",
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36":                 "Samsung Android",
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36":                                       "Chrome Linux",
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36":                                      "Chrome ChromeOS",
		"Mozilla/5.0 (Linux; Android 6.0.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://x/)": "Bot Android",
		"": "Other Other",
	} {
		browser, os := telemetry.Browser(userAgent)
		require.Equal(t, want, browser+" "+os, userAgent)
	}
}
