package main

import (
	"bytes"
	"compress/zlib"
	"encoding/csv"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

func aDay(version int) diaryChange {
	return diaryChange{
		Weather: "showers", Temperature: 11.5, Crew: []crewLine{{"Formwork", 14}, {"Façade", 6}},
		Plant: []plantLine{{"Tower crane", 8.5}}, Notes: "Poured slab, level 3 east", Delays: "Крановщик опоздал", Version: version,
	}
}

func TestADayExistsOnceAndNobodyOverwritesUnseen(t *testing.T) {
	s := startSite(t).signedIn()
	path := "/api/diary/" + mill + "/2026-11-24"
	first := read[diaryEntry](t, s.send("PUT", path, aDay(0)))
	require.Equal(t, 1, first.Version)
	p := refused(t, s.send("PUT", path, aDay(0)), http.StatusPreconditionFailed)
	require.Contains(t, p.Detail, "Dana Whitfield")
	changed := aDay(1)
	changed.Notes = "Poured slab, level 3 west"
	require.Equal(t, 2, read[diaryEntry](t, s.send("PUT", path, changed)).Version)
	days := read[[]diaryEntry](t, s.get("/api/diary?projectId="+mill+"&from=2026-11-24"))
	require.Len(t, days, 1)
	require.Equal(t, "Poured slab, level 3 west", days[0].Notes)
}

func TestADayIsChecked(t *testing.T) {
	s := startSite(t).signedIn()
	for field, spoil := range map[string]func(*diaryChange){
		"weather":     func(d *diaryChange) { d.Weather = "snowglobe" },
		"temperature": func(d *diaryChange) { d.Temperature = 400 },
		"crew":        func(d *diaryChange) { d.Crew[0].Count = -1 },
		"plant":       func(d *diaryChange) { d.Plant[0].Hours = 25 },
		"notes":       func(d *diaryChange) { d.Notes = strings.Repeat("x", 8001) },
	} {
		t.Run(field, func(t *testing.T) {
			d := aDay(0)
			spoil(&d)
			require.Equal(t, field, refused(t, s.send("PUT", "/api/diary/"+mill+"/2026-11-24", d), 422).Fields[0].Name)
		})
	}
	for _, day := range []string{"2026-11-27", "yesterday"} {
		require.Equal(t, "day", refused(t, s.send("PUT", "/api/diary/"+mill+"/"+day, aDay(0)), 422).Fields[0].Name)
	}
	refused(t, s.send("PUT", "/api/diary/prj_none/2026-11-24", aDay(0)), http.StatusNotFound)
}

func TestTheTableHoldsWhatTheDiaryHolds(t *testing.T) {
	s := startSite(t).signedIn()
	d := aDay(0)
	d.Notes = "=HYPERLINK(\"http://x\")\nsecond line, \"quoted\""
	require.Equal(t, http.StatusOK, s.send("PUT", "/api/diary/"+mill+"/2026-11-24", d).status)
	got := s.get("/api/diary/export.csv?projectId=" + mill + "&from=2026-11-23&to=2026-11-24")
	require.Equal(t, http.StatusOK, got.status)
	require.Contains(t, got.header.Get("Content-Disposition"), "site-diary-HM-B.csv")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(got.body, "\uFEFF"))).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 3)
	require.Equal(t, []string{
		"2026-11-24", "Showers", "11.5", "20", "Formwork 14; Façade 6", "8.5", "Tower crane 8.5 h",
		"'=HYPERLINK(\"http://x\")\nsecond line, \"quoted\"", "Крановщик опоздал", "Dana Whitfield",
	}, rows[2])
}

func TestTheDocumentHoldsWhatTheDiaryHolds(t *testing.T) {
	s := startSite(t).signedIn()
	require.Equal(t, http.StatusOK, s.send("PUT", "/api/diary/"+mill+"/2026-11-24", aDay(0)).status)
	got := s.get("/api/diary/export.pdf?projectId=" + mill)
	require.Equal(t, http.StatusOK, got.status)
	require.Equal(t, "application/pdf", got.header.Get("Content-Type"))
	require.True(t, strings.HasPrefix(got.body, "%PDF-"))
	text := pageText(t, []byte(got.body))
	for _, words := range []string{"Site diary", "Harbour Mill, Block B", "Tuesday 24 November 2026", "Poured slab", "Façade", "Крановщик", "°C"} {
		require.Contains(t, text, words)
	}
	empty := s.get("/api/diary/export.pdf?projectId=" + mill + "&from=2020-01-01&to=2020-01-02")
	require.Contains(t, pageText(t, []byte(empty.body)), "no entry")
	refused(t, s.get("/api/diary/export.pdf?projectId="+mill+"&from=2026-02-01&to=2026-01-01"), 422)
}

// pageText unpacks a document's streams and reads the UTF-16 text that is shown in them, without its spacing.
func pageText(t *testing.T, document []byte) string {
	t.Helper()
	var shown strings.Builder
	for _, found := range regexp.MustCompile(`(?s)stream\r?\n(.*?)\r?\nendstream`).FindAllSubmatch(document, -1) {
		unpacked, err := zlib.NewReader(bytes.NewReader(found[1]))
		if err != nil {
			continue
		}
		stream, err := io.ReadAll(unpacked)
		if err != nil || !bytes.Contains(stream, []byte("BT")) {
			continue
		}
		for _, text := range regexp.MustCompile(`(?s)\(((?:\\.|[^\\)])*)\)\s*T[jJ]|\(((?:\\.|[^\\)])*)\)`).FindAllSubmatch(stream, -1) {
			raw := regexp.MustCompile(`(?s)\\(.)`).ReplaceAll(append(text[1], text[2]...), []byte("$1"))
			units := make([]uint16, 0, len(raw)/2)
			for at := 0; at+1 < len(raw); at += 2 {
				units = append(units, uint16(raw[at])<<8|uint16(raw[at+1]))
			}
			shown.WriteString(string(utf16.Decode(units)))
			shown.WriteByte(' ')
		}
	}
	return shown.String()
}
