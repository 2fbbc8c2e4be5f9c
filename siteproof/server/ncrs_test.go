package main

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAReportGoesFromRaisedToClosed(t *testing.T) {
	s := startSite(t).signedIn()
	n := read[ncr](t, s.send("POST", "/api/ncrs", aReport()))
	require.Equal(t, "NCR-026", n.Number)
	require.Equal(t, "Dana Whitfield", n.RaisedBy)
	path := "/api/ncrs/" + n.ID + "/transitions"
	for _, step := range []struct {
		name    string
		move    ncrMove
		refused string // field that is missing; empty: it goes through
	}{
		{"investigation starts", ncrMove{To: investigating}, ""},
		{"no disposition without a root cause", ncrMove{To: disposition}, "rootCause"},
		{"the root cause is known", ncrMove{To: disposition, RootCause: "Vibrator too short"}, ""},
		{"no verification without a disposition", ncrMove{To: verification, CorrectiveAction: "Cut back"}, "disposition"},
		{"no verification without a correction", ncrMove{To: verification, Disposition: "repair"}, "correctiveAction"},
		{"no verification with an unknown disposition", ncrMove{To: verification, Disposition: "hope", CorrectiveAction: "x"}, "disposition"},
		{"the correction is made", ncrMove{To: verification, Disposition: "repair", CorrectiveAction: "Cut back and filled"}, ""},
		{"no way back without a note", ncrMove{To: disposition}, "note"},
		{"the correction is rejected", ncrMove{To: disposition, Note: "Still 5 mm too deep"}, ""},
		{"it is made again", ncrMove{To: verification, Disposition: "rework", CorrectiveAction: "Cast anew"}, ""},
		{"no closing without a note", ncrMove{To: closed}, "note"},
		{"it is closed", ncrMove{To: closed, Note: "Checked on site"}, ""},
	} {
		t.Run(step.name, func(t *testing.T) {
			got := s.send("POST", path, step.move)
			if step.refused == "" {
				require.Equal(t, http.StatusOK, got.status, got.body)
				require.Equal(t, step.move.To, read[ncr](t, got).Status)
				return
			}
			p := refused(t, got, http.StatusUnprocessableEntity)
			require.Equal(t, step.refused, p.Fields[0].Name)
		})
	}
	n = read[ncr](t, s.get("/api/ncrs/"+n.ID))
	require.Equal(t, []string{"Vibrator too short", "rework", "Cast anew", "Checked on site"},
		[]string{n.RootCause, n.Disposition, n.CorrectiveAction, n.Verification})
	require.NotEmpty(t, n.ClosedAt)
	require.Len(t, n.History, 7)
	require.Empty(t, n.Next)
}

func TestAReportCannotSkipAStep(t *testing.T) {
	s := startSite(t).signedIn()
	all := []ncrStatus{raised, investigating, disposition, verification, closed}
	n := read[ncr](t, s.send("POST", "/api/ncrs", aReport()))
	path := "/api/ncrs/" + n.ID + "/transitions"
	for at, status := range all {
		for _, to := range all {
			if !slices.Contains(steps[status], to) {
				got := s.send("POST", path, ncrMove{To: to, Note: "x", RootCause: "x", Disposition: "repair", CorrectiveAction: "x"})
				require.Equal(t, "/problems/workflow", refused(t, got, 422).Type, "%s to %s", status, to)
			}
		}
		if at+1 < len(all) {
			s.send("POST", path, ncrMove{To: all[at+1], Note: "x", RootCause: "x", Disposition: "repair", CorrectiveAction: "x"})
		}
	}
	require.Equal(t, closed, read[ncr](t, s.get("/api/ncrs/"+n.ID)).Status)
}

func TestAReportSaysAllThatIsWrongAtOnce(t *testing.T) {
	s := startSite(t).signedIn()
	p := refused(t, s.send("POST", "/api/ncrs", map[string]any{"projectId": mill, "severity": "awful", "dueOn": "soon"}), 422)
	var names []string
	for _, f := range p.Fields {
		names = append(names, f.Name)
	}
	require.Equal(t, []string{"title", "location", "severity", "description", "dueOn"}, names)

	other := aReport()
	other["projectId"] = "prj_none"
	refused(t, s.send("POST", "/api/ncrs", other), http.StatusNotFound)
	refused(t, s.get("/api/ncrs/ncr_none"), http.StatusNotFound)
}

func TestNumbersRunOnInEachProject(t *testing.T) {
	s := startSite(t).signedIn()
	school := aReport()
	school["projectId"] = "prj_elm-school"
	require.Equal(t, "NCR-003", read[ncr](t, s.send("POST", "/api/ncrs", school)).Number)
	require.Equal(t, "NCR-026", read[ncr](t, s.send("POST", "/api/ncrs", aReport())).Number)
	require.Equal(t, "NCR-027", read[ncr](t, s.send("POST", "/api/ncrs", aReport())).Number)
	require.Len(t, read[[]ncrSummary](t, s.get("/api/ncrs?projectId="+mill)), 27)
}
