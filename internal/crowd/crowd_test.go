package crowd_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/siteproof/belay/internal/crowd"
)

const master = "design-system-v2"

var components = []string{"auth", "dashboard", "itp-form", "ncr-form", "diary"}

var faults = []string{crowd.NoFault, crowd.FormThrows, crowd.ErrorsDoubled, crowd.BootCrash}

func all(string) bool  { return true }
func none(string) bool { return false }

func TestTheSameSeedLivesTheSameLives(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		options := crowd.Options{Seed: rapid.Uint64().Draw(t, "seed"), Components: components}
		fault := rapid.SampledFrom(faults).Draw(t, "fault")
		one, two := crowd.New(options, master), crowd.New(options, master)
		for range 20 {
			a, b := one.Next(), two.Next()
			if diff := cmp.Diff(a, b, cmpopts.IgnoreUnexported(crowd.Visit{})); diff != "" {
				t.Fatal(diff)
			}
			a.Live(none, fault) // living a life does not change the ones to come
			if diff := cmp.Diff(a.Live(all, fault), b.Live(all, fault)); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func TestWithoutAFaultTheNewDesignIsAsGoodAsTheOld(t *testing.T) {
	c := crowd.New(crowd.Options{Seed: 1, Components: components}, master)
	for range 5_000 {
		v := c.Next()
		require.Empty(t, cmp.Diff(v.Live(none, crowd.NoFault), v.Live(all, crowd.NoFault)), "an A/A run compares equals")
		for _, fault := range faults {
			require.Empty(t, cmp.Diff(v.Live(none, crowd.NoFault), v.Live(none, fault)), "%s spares the old design", fault)
		}
	}
}

func TestTheBrokenFormThrowsForThoseWhoHaveItAndOpenIt(t *testing.T) {
	c := crowd.New(crowd.Options{Seed: 2, Components: components}, master)
	opened, thrown := 0, 0
	for range 20_000 {
		v := c.Next()
		s := v.Live(all, crowd.FormThrows)
		threw := slices.ContainsFunc(s.Errors, func(f crowd.Failure) bool { return f.Boundary && f.Component == "ncr-form" })
		if !slices.Contains(s.Opens, "ncr-form") {
			require.False(t, threw, "it throws when it is opened")
			continue
		}
		opened++
		if threw {
			thrown++
		}
		withoutForm := v.Live(func(key string) bool { return key != "ncr-form" }, crowd.FormThrows)
		require.Empty(t, cmp.Diff(v.Live(all, crowd.NoFault), withoutForm), "switching that one component off mends it")
	}
	requireShare(t, 0.9, thrown, opened)
}

func TestMisfortunesComeAsOftenAsTheyShould(t *testing.T) {
	c := crowd.New(crowd.Options{Seed: 3, Components: components}, master)
	const visits = 100_000
	errorsOf := map[string]int{}
	silent := map[string]int{}
	fingerprints := map[string]bool{}
	for range visits {
		v := c.Next()
		for _, fault := range faults {
			s := v.Live(all, fault)
			errorsOf[fault] += len(s.Errors)
			if s.Silent {
				silent[fault]++
			}
			for _, f := range s.Errors {
				fingerprints[f.Name+f.Message] = true
			}
		}
	}
	requireShare(t, 0.004, errorsOf[crowd.NoFault], visits)
	requireShare(t, 0.008, errorsOf[crowd.ErrorsDoubled], visits)
	requireShare(t, 0.03, silent[crowd.NoFault], visits)
	requireShare(t, 1-0.97*0.95, silent[crowd.BootCrash], visits)
	require.Len(t, fingerprints, 12, "eleven that were known before, and the broken form")
}

// requireShare allows five standard deviations.
func requireShare(t *testing.T, want float64, count, of int) {
	t.Helper()
	require.InDelta(t, want, float64(count)/float64(of), 5*math.Sqrt(want*(1-want)/float64(of)))
}

func TestMoreComeByDayThanByNight(t *testing.T) {
	c := crowd.New(crowd.Options{Seed: 4, Daily: true}, master)
	arrivals := func(hour int) float64 {
		at, sum := time.Date(2026, 1, 1, hour, 0, 0, 0, time.UTC), time.Duration(0)
		for range 5_000 {
			sum += c.Pause(at, 10)
		}
		return 5_000 / sum.Seconds()
	}
	require.InDelta(t, 18, arrivals(14), 1.5)
	require.InDelta(t, 2, arrivals(2), 0.2)
}

func TestSomePeopleComeBackAndSomeAreNew(t *testing.T) {
	c := crowd.New(crowd.Options{Seed: 5, Users: 500}, master)
	seen, sessions, again := map[string]bool{}, map[string]bool{}, 0
	for range 5_000 {
		v := c.Next()
		if seen[v.User] {
			again++
		}
		require.False(t, sessions[v.Session], "a session is one visit")
		seen[v.User], sessions[v.Session] = true, true
	}
	require.Greater(t, again, 3_500)
	require.InDelta(t, 1_000, len(seen), 120, "500 who are known and a tenth of the visits")
}
