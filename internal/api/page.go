package api

import (
	"bytes"
	"io"
	"net/http"

	"github.com/siteproof/belay/internal/auth"
	"github.com/siteproof/belay/internal/fault"
	"github.com/siteproof/belay/internal/httpd"
)

// page answers with a report as a page of its own, for whoever may read. Nothing is sent before all of it is written.
func (a *API) page(w http.ResponseWriter, r *http.Request, write func(to io.Writer) error) {
	who, err := a.identifySession(r.Context(), r.Method, r.Header.Get("Cookie"), "")
	if err == nil && !auth.May(who.Role, auth.Read) {
		err = fault.New(fault.Forbidden, "the role %s may not read this", who.Role)
	}
	var page bytes.Buffer
	if err == nil {
		err = write(&page)
	}
	if err != nil {
		httpd.WriteProblem(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_, _ = w.Write(page.Bytes()) // the caller may be gone, which is its business
}
