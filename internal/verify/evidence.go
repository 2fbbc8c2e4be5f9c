package verify

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Write keeps the report in folder, once for machines (JSON) and once for people (Markdown), and gives both paths.
func (r Report) Write(folder string) (jsonPath, textPath string, err error) {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return "", "", fmt.Errorf("make the folder for evidence: %w", err)
	}
	name := filepath.Join(folder, "verify-"+r.At.Format("20060102-150405")+"-"+r.Rollout)
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return "", "", fmt.Errorf("write the evidence: %w", err)
	}
	jsonPath, textPath = name+".json", name+".md"
	if err := os.WriteFile(jsonPath, append(text, '\n'), 0o600); err != nil {
		return "", "", fmt.Errorf("write the evidence: %w", err)
	}
	if err := os.WriteFile(textPath, []byte(r.Markdown()), 0o600); err != nil {
		return "", "", fmt.Errorf("write the evidence: %w", err)
	}
	return jsonPath, textPath, nil
}

// Markdown is the report for people.
func (r Report) Markdown() string {
	var b strings.Builder
	verdict := "NOT proven"
	if r.Passed {
		verdict = "proven"
	}
	fmt.Fprintf(&b, "# Rollback %s: %s\n\n", verdict, r.Name)
	fmt.Fprintf(&b, "%s · environment %s · rollout %s · %s\n\n", r.At.Format(time.RFC3339), r.Environment, r.Rollout, r.Belay)
	if r.Whole {
		b.WriteString("The whole rollout went back to the old version.\n\n")
	}
	for _, l := range r.Lost {
		fmt.Fprintf(&b, "- `%s` went back at %s by %s: %s\n", l.Component, l.At.UTC().Format(time.RFC3339), l.By, l.Reason)
	}
	b.WriteString("\n| check | result | what was seen | took |\n| --- | --- | --- | --- |\n")
	for _, c := range r.Checks {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.Name, c.Status, strings.ReplaceAll(c.Text, "|", "\\|"), time.Duration(c.Took))
	}
	return b.String()
}

// JSON is the report for machines, on one line.
func (r Report) JSON() json.RawMessage {
	text, err := json.Marshal(r)
	if err != nil {
		return json.RawMessage("null")
	}
	return text
}
