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
	for _, wrong := range []string{`90`, `"90"`, `"-1m"`, `"soon"`, `{}`} {
		require.Error(t, json.Unmarshal([]byte(wrong), &d), wrong)
	}
}
