package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// page serves the front end: files by name, and index.html for every address of a screen.
func (a *app) page(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return refuse(http.StatusMethodNotAllowed, "method", "Not possible", "%s is not possible here.", r.Method)
	}
	if a.files == nil {
		return refuse(http.StatusNotFound, "no-front-end", "No front end", "This program was built without the front end.").
			withHint("cd siteproof && pnpm run build, then build the program again; or start it with --static.")
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	info, err := fs.Stat(a.files, cmp.Or(name, "."))
	if err != nil || info.IsDir() {
		if path.Ext(name) != "" || strings.HasPrefix(name, "assets/") {
			return notFound("file")
		}
		name = "index.html"
	}
	text, err := fs.ReadFile(a.files, name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if strings.HasPrefix(name, "assets/") {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		w.Header().Set("Cache-Control", "no-cache")
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(text))
	return nil
}

// The flag and its values that break the new NCR form on purpose.
const (
	faultFlag  = "siteproof-fault"
	faultOn    = "ncr-form-throws"
	faultOff   = "none"
	maxRefusal = 4 << 10
)

// setFault switches the demo's fault at Belay, with the token that SiteProof was given.
func (a *app) setFault(w http.ResponseWriter, r *http.Request) error {
	who, err := a.who(r)
	if err != nil {
		return err
	}
	body, err := readBody(w, r)
	if err != nil {
		return err
	}
	var given struct{ Broken bool }
	if err := decode(body, &given); err != nil {
		return err
	}
	if a.belayURL == "" || a.belayToken == "" {
		return refuse(http.StatusConflict, "no-token", "Not connected", "SiteProof has no token for Belay's API.").
			withHint("Start it with SITEPROOF_BELAY_URL and SITEPROOF_BELAY_TOKEN.")
	}
	value, reason := faultOff, who.Name+" repairs the new NCR form from SiteProof's demo menu"
	if given.Broken {
		value, reason = faultOn, who.Name+" breaks the new NCR form from SiteProof's demo menu"
	}
	if err := a.patchFlag(r.Context(), value, reason); err != nil {
		return err
	}
	return a.answer(w, map[string]bool{"broken": given.Broken})
}

func (a *app) patchFlag(ctx context.Context, value, reason string) error {
	text, err := json.Marshal(map[string]string{"value": value, "reason": reason})
	if err != nil {
		return err
	}
	address, err := url.JoinPath(a.belayURL, "/api/v1/environments/production/flags/", faultFlag)
	if err != nil {
		return fmt.Errorf("build Belay's address: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPatch, address, bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("build the request to Belay: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+a.belayToken)
	request.Header.Set("Content-Type", "application/json")
	response, err := a.outgoing.Do(request)
	if err != nil {
		return refuse(http.StatusBadGateway, "belay", "Belay did not answer", "Belay could not be reached: %v.", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusMultipleChoices {
		said, _ := io.ReadAll(io.LimitReader(response.Body, maxRefusal))
		return refuse(http.StatusBadGateway, "belay", "Belay refused", "Belay answered %d: %s", response.StatusCode, said)
	}
	return nil
}
