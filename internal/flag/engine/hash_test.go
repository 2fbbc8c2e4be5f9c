package engine_test

import (
	"crypto/md5" //nolint:gosec // what is measured against
	"fmt"
	"math/big"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/flag/engine"
)

// slow is Flagsmith's percentage written as its own engine has it.
func slow(ids ...string) float64 {
	text := strings.Join(ids, ",")
	for hashed := text; ; hashed += "," + text {
		sum := md5.Sum([]byte(hashed)) //nolint:gosec // see the import
		n := new(big.Int).Mod(new(big.Int).SetBytes(sum[:]), big.NewInt(9999)).Int64()
		if n != 9998 {
			return float64(n) / 9998 * 100
		}
	}
}

func TestSlotsAreFlagsmithsPercentagesWhateverTheLengths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(0, 150, 150)
		identity := text.Draw(t, "identity")
		long := rapid.IntRange(0, 120).Draw(t, "length of salts")
		alike := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("0123456789ab_-")), long, long, -1), 0, 40).Draw(t, "equally long salts")
		salts := append(alike, rapid.SliceOfN(text, 0, 5).Draw(t, "salts")...)
		var spreads []engine.Salt
		for _, salt := range salts {
			spreads = append(spreads, engine.NewSalt(salt))
		}
		got := make([]engine.Slot, len(salts))
		engine.NewSalts(spreads).Slots(got, identity)
		for i, salt := range salts {
			require.Equal(t, slow(salt, identity), got[i].Percent(), "%q %q", salt, identity) //nolint:testifylint // the very same number
			require.Equal(t, got[i], spreads[i].Slot(identity))
		}
	})
}

// Identities whose first hash is none of the slots, alone and in a pair.
func TestAHashThatIsNoSlotIsTakenAgain(t *testing.T) {
	found := 0
	for i := 0; found < 3; i++ {
		identity := fmt.Sprint("usr_", i)
		sum := md5.Sum([]byte("salt," + identity)) //nolint:gosec // see the import
		if new(big.Int).Mod(new(big.Int).SetBytes(sum[:]), big.NewInt(9999)).Int64() != 9998 {
			continue
		}
		found++
		got := make([]engine.Slot, 2)
		engine.NewSalts([]engine.Salt{engine.NewSalt("other"), engine.NewSalt("salt")}).Slots(got, identity)
		require.Equal(t, slow("salt", identity), got[1].Percent())  //nolint:testifylint // the very same number
		require.Equal(t, slow("other", identity), got[0].Percent()) //nolint:testifylint // the very same number
	}
}

func TestSharesTurnedIntoSlotsLetTheSamePeopleIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slot := engine.Slot(rapid.IntRange(0, 9997).Draw(t, "slot")) //nolint:gosec // below 9998
		percent := rapid.OneOf(rapid.Float64Range(-1, 101), rapid.Just(slot.Percent())).Draw(t, "percent")
		require.Equal(t, slot.Percent() < percent, slot < engine.Below(percent))
	})
}

// cpu measures the processor's time on this thread: on a shared machine the clock on the wall says nothing.
func cpu(b *testing.B, each int, do func()) {
	b.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, after syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_THREAD, &before))
	for b.Loop() {
		do()
	}
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_THREAD, &after))
	spent := after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
	b.ReportMetric(float64(spent)/float64(b.N*each), "cpu-ns/op")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkSlots finds the slots of one identity in 40 spreads: by crypto/md5 alone, and sixteen at a time.
func BenchmarkSlots(b *testing.B) {
	var spreads []engine.Salt
	for i := range 40 {
		spreads = append(spreads, engine.NewSalt(fmt.Sprint(1234567+i)))
	}
	const identity = "cli_ABCDEFGHIJKLMNOPQRSTUVWXYZ_usr_1"
	into := make([]engine.Slot, len(spreads))
	text := []byte("1234567," + identity)
	b.Run("md5", func(b *testing.B) {
		cpu(b, 1, func() { into[0] += engine.Slot(md5.Sum(text)[0]) }) //nolint:gosec // see the import
	})
	b.Run("one", func(b *testing.B) { cpu(b, 1, func() { into[0] += spreads[0].Slot(identity) }) })
	spread := engine.NewSalts(spreads)
	b.Run("sixteen at a time", func(b *testing.B) { cpu(b, len(spreads), func() { spread.Slots(into, identity) }) })
}
