package rollout

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSpansAreSaidAsPeopleDo(t *testing.T) {
	for span, want := range map[time.Duration]string{
		0:                                "0 s",
		900 * time.Millisecond:           "0 s",
		9 * time.Second:                  "9 s",
		14*time.Minute + 14*time.Second:  "14 min 14 s",
		2 * time.Hour:                    "2 h",
		2*time.Hour + 5*time.Second:      "2 h",
		7*24*time.Hour - 8*time.Second:   "6 d 23 h",
		24*time.Hour + 30*time.Minute:    "1 d",
		-time.Minute:                     "0 s",
		time.Minute + 59*time.Second + 1: "1 min 59 s",
	} {
		require.Equal(t, want, words(span), span)
	}
}

func TestADurationIsTextWithAUnit(t *testing.T) {
	var d Duration
	require.NoError(t, json.Unmarshal([]byte(`"1h30m"`), &d))
	require.Equal(t, Duration(90*time.Minute), d)
	for text, want := range map[string]time.Duration{"1w": 168 * time.Hour, "2d12h": 60 * time.Hour, "1w1d": 192 * time.Hour, "0s": 0, "0d1s": time.Second} {
		require.NoError(t, d.UnmarshalText([]byte(text)))
		require.Equal(t, Duration(want), d, text)
	}
	for text, want := range map[string]Duration{"168h": week, "10m": Duration(10 * time.Minute), "1m10s": Duration(70 * time.Second), "0s": 0, "1h20m": Duration(80 * time.Minute)} {
		written, err := want.MarshalText()
		require.NoError(t, err)
		require.Equal(t, text, string(written))
	}
	for _, wrong := range []string{`90`, `"90"`, `"-1m"`, `"soon"`, `{}`, `"d"`, `"2d-1h"`, `""`, `"1.5d"`, `"200000h1w"`} {
		require.Error(t, json.Unmarshal([]byte(wrong), &d), wrong)
	}
}
