package stream_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestForeignClientsAreToldALittleLaterAndTwiceMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(nil)
		defer h.Stop()
		p := open(t, func(w http.ResponseWriter, r *http.Request) {
			h.ServeForeign(w, r, env, 4, func(revision int64) string { return fmt.Sprintf("data: %d\n\n", revision) })
		})
		require.Equal(t, "data: 4\n\n", p.drain(), "the current one at once")
		h.Announce(env, 5)
		time.Sleep(350 * time.Millisecond) //nolint:forbidigo // of the bubble
		require.Equal(t, "data: 5\n\n", p.drain(), "within 0.3 s")
		time.Sleep(1200 * time.Millisecond) //nolint:forbidigo // of the bubble
		require.Empty(t, p.drain())
		time.Sleep(600 * time.Millisecond) //nolint:forbidigo // of the bubble
		require.Equal(t, "data: 5\n\n", p.drain(), "after about 2 s")
		time.Sleep(7 * time.Second) //nolint:forbidigo // of the bubble
		require.Empty(t, p.drain())
		time.Sleep(1200 * time.Millisecond) //nolint:forbidigo // of the bubble
		require.Equal(t, "data: 5\n\n", p.drain(), "after about 10 s")
		time.Sleep(time.Minute) //nolint:forbidigo // of the bubble
		require.Equal(t, strings.Repeat(": ping\n\n", 4), p.drain(), "and then never again")
		h.Announce(env, 6)
		time.Sleep(time.Second) //nolint:forbidigo // of the bubble
		h.Announce(env, 7)
		time.Sleep(30 * time.Second) //nolint:forbidigo // of the bubble
		require.Equal(t, "data: 6\n\n"+strings.Repeat("data: 7\n\n", 3), strings.ReplaceAll(p.drain(), ": ping\n\n", ""))
	})
}
