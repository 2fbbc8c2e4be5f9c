package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// roof is a plan of which nothing is done: three inspections, a hold point, an inspection.
func (s *site) roof() itp {
	s.t.Helper()
	for _, p := range read[[]itpSummary](s.t, s.get("/api/itps?projectId="+mill)) {
		if p.Title == "Roof membrane" {
			require.Equal(s.t, "not-started", p.Status)
			return read[itp](s.t, s.get("/api/itps/"+p.ID))
		}
	}
	s.t.Fatal("the roof's plan is missing")
	return itp{}
}

func (s *site) record(p itp, position int, result itemResult, note string) reply {
	return s.send("PATCH", "/api/itps/"+p.ID+"/items/"+p.Items[position-1].ID, itemChange{result, note})
}

func (s *site) sign(p itp, position int, given newSignature) reply {
	return s.send("POST", "/api/itps/"+p.ID+"/items/"+p.Items[position-1].ID+"/signature", given)
}

var typedName = newSignature{Name: "Dana Whitfield", Kind: "typed"}

func TestAHoldPointHoldsUntilItIsSigned(t *testing.T) {
	s := startSite(t).signedIn()
	p := s.roof()
	workflow := func(r reply) { t.Helper(); require.Equal(t, "/problems/workflow", refused(t, r, 422).Type) }
	workflow(s.record(p, 5, resultPass, ""))                         // behind the hold point
	workflow(s.sign(p, 4, typedName))                                // nothing before it is done
	workflow(s.record(p, 4, resultPass, ""))                         // a hold point is signed, not ticked
	workflow(s.sign(p, 1, typedName))                                // an inspection is ticked, not signed
	require.Equal(t, 200, s.record(p, 1, resultPass, "Dry").status)  //
	require.Equal(t, 200, s.record(p, 2, resultNA, "").status)       //
	require.Equal(t, 200, s.record(p, 3, resultFail, "Thin").status) //
	workflow(s.sign(p, 4, typedName))                                // something failed before it
	require.Equal(t, "held", read[itp](t, s.record(p, 3, resultPass, "Third coat")).Status)

	signed := read[itp](t, s.sign(p, 4, typedName))
	require.Equal(t, resultPass, signed.Items[3].Result)
	require.Equal(t, "Dana Whitfield", signed.Items[3].Signature.Name)
	workflow(s.sign(p, 4, typedName))                 // once only
	workflow(s.record(p, 3, resultFail, "Regretted")) // what was signed for stays
	require.Equal(t, "complete", read[itp](t, s.record(p, 5, resultPass, "")).Status)
}

func TestAFailureNeedsItsReason(t *testing.T) {
	s := startSite(t).signedIn()
	p := s.roof()
	require.Equal(t, "note", refused(t, s.record(p, 1, resultFail, " "), 422).Fields[0].Name)
	require.Equal(t, "result", refused(t, s.record(p, 1, "perhaps", ""), 422).Fields[0].Name)
	reopened := read[itp](t, s.record(p, 1, resultOpen, ""))
	require.Empty(t, reopened.Items[0].InspectedBy)
}

func TestADrawnSignatureIsAPicture(t *testing.T) {
	s := startSite(t).signedIn()
	p := s.roof()
	for n := 1; n <= 3; n++ {
		require.Equal(t, http.StatusOK, s.record(p, n, resultPass, "").status)
	}
	// The smallest PNG: signature, and nothing a browser would show.
	png := "data:image/png;base64,iVBORw0KGgo="
	for name, image := range map[string]string{
		"nothing": "", "script": "data:text/html;base64,PHNjcmlwdD4=", "no base64": "data:image/png;base64,%%%",
		"too large": png + strings.Repeat("A", maxSignature),
	} {
		t.Run(name, func(t *testing.T) {
			got := s.sign(p, 4, newSignature{Name: "Dana Whitfield", Kind: "drawn", Image: image})
			require.Equal(t, "image", refused(t, got, 422).Fields[0].Name)
		})
	}
	signed := read[itp](t, s.sign(p, 4, newSignature{Name: "Dana Whitfield", Kind: "drawn", Image: png}))
	require.Equal(t, png, signed.Items[3].Signature.Image)
}

func TestSeededPlansKeepTheirOwnRules(t *testing.T) {
	s := startSite(t).signedIn()
	plans := read[[]itpSummary](t, s.get("/api/itps?projectId="+mill))
	require.Len(t, plans, 12)
	states := map[string]int{}
	for _, summary := range plans {
		states[summary.Status]++
		p := read[itp](t, s.get("/api/itps/"+summary.ID))
		held := false
		for _, i := range p.Items {
			require.False(t, held && i.done(), "%s: %q is done behind an open hold point", p.Number, i.Activity)
			require.Equal(t, i.Kind == kindHold && i.done(), i.Signature != nil)
			held = held || i.Kind == kindHold && !i.done()
		}
	}
	for _, state := range []string{"not-started", "in-progress", "held", "complete"} {
		require.Positive(t, states[state], state)
	}
}
