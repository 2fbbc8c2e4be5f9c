package duckdb_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/siteproof/belay/internal/store/duckdb"
	"github.com/siteproof/belay/internal/telemetry"
)

// writeForever makes this test binary a writer that says after each Append which position is safe.
const writeForever = "BELAY_TEST_WRITE_FOREVER"

func contextOf(t require.TestingT) context.Context {
	if c, ok := t.(interface{ Context() context.Context }); ok {
		return c.Context()
	}
	return context.Background()
}

func TestMain(m *testing.M) {
	if path := os.Getenv(writeForever); path != "" { //nolint:forbidigo // the child has no other way to learn it
		if err := appendForever(path, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1) //nolint:forbidigo // this is a main
		}
		return
	}
	m.Run()
}

func appendForever(path string, out io.Writer) error {
	ctx := context.Background()
	s, err := duckdb.Open(ctx, duckdb.Options{Path: path})
	if err != nil {
		return err
	}
	position, _, err := s.Tail(ctx)
	if err != nil {
		return err
	}
	for {
		batch := make([]telemetry.Event, 1+rand.IntN(400))
		for i := range batch {
			position++
			batch[i] = telemetry.Event{
				Position: position, EnvironmentID: "env_a", Session: "ses_" + strconv.FormatInt(position/10, 10), Kind: telemetry.Error, Seq: position,
				At: time.UnixMicro(position).UTC(), ReceivedAt: time.UnixMicro(position).UTC(), Stack: strings.Repeat("at save\n", 40),
			}
		}
		if err := s.Append(ctx, batch); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out, position); err != nil {
			return err
		}
	}
}

func TestWhatWasAcknowledgedSurvivesKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills ten processes")
	}
	path := filepath.Join(t.TempDir(), "t.duckdb")
	for round := range 10 {
		acknowledged := writeAndKill(t, path)
		s, err := duckdb.Open(t.Context(), duckdb.Options{Path: path})
		require.NoError(t, err)
		last, _, err := s.Tail(t.Context())
		require.NoError(t, err)
		require.GreaterOrEqual(t, last, acknowledged, "round %d", round)
		count := int64(0)
		require.NoError(t, s.Scan(t.Context(), "env_a", time.Time{}, time.Time{}, func(e telemetry.Event) error {
			count++
			require.Equal(t, count, e.Position, "no event is missing, none is there twice")
			return nil
		}))
		require.Equal(t, last, count)
		require.NoError(t, s.Close())
	}
}

// writeAndKill lets a child append, kills it in the middle of its work, and gives the last position it acknowledged.
func writeAndKill(t *testing.T, path string) (acknowledged int64) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
	child.Env = append(os.Environ(), writeForever+"="+path) //nolint:forbidigo // the child is this binary
	child.Stderr = os.Stderr
	pipe, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	lines := bufio.NewScanner(pipe)
	acknowledgements, until := 0, 5+rand.IntN(40)
	var kill *time.Timer
	for lines.Scan() {
		acknowledged, err = strconv.ParseInt(lines.Text(), 10, 64)
		require.NoError(t, err)
		if acknowledgements++; acknowledgements == until { // not here, between two appends, but somewhere in one
			kill = time.AfterFunc(time.Duration(rand.IntN(20_000))*time.Microsecond, func() { _ = child.Process.Kill() })
		}
	}
	require.NotNil(t, kill, "the child ended by itself")
	require.Error(t, child.Wait())
	return acknowledged
}
