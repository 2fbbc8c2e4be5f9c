package rollout

import (
	"fmt"
	"math"
	"strconv"
)

// sentence says what was proven.
func sentence(r Reading) string {
	of := "the new version"
	if r.Scope != "" {
		of = "the new " + r.Scope
	}
	switch r.Guard {
	case NewIssue:
		return fmt.Sprintf("%s brings an error that nobody had before: %s", of, counted(r))
	case SilentClients:
		text := fmt.Sprintf("pages of %s fall silent after fetching their flags: %s", of, counted(r))
		if treatment, control := people(r.Reloaded); treatment+control > 0 {
			text += fmt.Sprintf("; %d and %d of them had loaded the page again", treatment, control)
		}
		return text
	case Segments:
		where := ""
		if r.Culprit != nil {
			where = " " + r.Culprit.where()
		}
		return fmt.Sprintf("%s makes more people%s meet errors: %s", of, where, counted(r))
	case LCP, INP, CLS, TTFB, PageLoad:
		return fmt.Sprintf("%s worsens %s: %s of its views are over %s, %s of the old version's", of, r.words(), r.Treatment.rate(), r.limit(), r.Control.rate())
	case Metric:
		return fmt.Sprintf("%s worsens %s: %s of %s are bad, %s with the old version", of, r.words(), r.Treatment.rate(), r.Unit, r.Control.rate())
	case Conversion:
		return fmt.Sprintf("fewer people do with %s what they came for: %d with it and %d without did", of, r.Treatment.Affected, r.Control.Affected)
	case SampleRatio:
		return fmt.Sprintf("people are not split as planned: %d of %d have the new version", r.Treatment.Affected, r.Treatment.Users)
	case Ingest:
		return "telemetry does not arrive"
	case Brake:
		return fmt.Sprintf("more than %g %% of the people with %s meet errors: %s in the last %s", BrakeRate*100, of, counted(r), words(BrakeWindow))
	case Errors:
	}
	return fmt.Sprintf("%s makes more people meet errors: %s", of, counted(r))
}

// counted says who was hit.
func counted(r Reading) string {
	return fmt.Sprintf("%d people with it and %d without were hit", r.Treatment.Affected, r.Control.Affected)
}

// words are what a guard watches.
func (r Reading) words() string {
	if r.Guard == Metric {
		return r.Metric
	}
	return traits[r.Guard].words
}

func (a Arm) rate() string {
	if a.Users == 0 {
		return "none"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(a.Affected)/float64(a.Users))
}

// limit says the value beyond which a view is slow: a score of CLS, else a time.
func (r Reading) limit() string {
	if r.Guard == CLS {
		return strconv.FormatFloat(math.Round(r.Limit*1000)/1000, 'f', -1, 64)
	}
	return fmt.Sprintf("%.0f ms", r.Limit)
}

// where says in which segment.
func (c Culprit) where() string {
	switch c.Dimension {
	case ByTier:
		return "of the tier " + c.Value
	case ByBrowser, BySystem:
		return "on " + c.Value
	case ByRelease, ByComponent, ByFingerprint:
	}
	return "with " + c.Value
}
