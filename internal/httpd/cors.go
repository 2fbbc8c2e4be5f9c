package httpd

import (
	"net/http"
	"strings"
)

// Options of CORS.
type Options struct {
	Headers []string // request headers that pages may send, besides those they ask for
	Expose  []string // response headers that pages may read
	Methods []string // methods that pages may use
}

// preflightFor is how long a browser may remember a preflight, in seconds: Chromium keeps none longer.
const preflightFor = "7200"

// longestAsk bounds how much of Access-Control-Request-Headers is given back.
const longestAsk = 1000

// CORS lets pages of any origin call a door. Doors behind it know callers by their key, never by cookies, so the
// answer is always * and never allows credentials. A preflight is answered with 204, before any key is looked at.
func CORS(o Options) func(http.Handler) http.Handler {
	headers, expose, methods := strings.Join(o.Headers, ", "), strings.Join(o.Expose, ", "), strings.Join(o.Methods, ", ")
	anybody, exposed := []string{"*"}, []string{expose} // shared by all answers; net/http only reads them
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h["Access-Control-Allow-Origin"] = anybody
			if expose != "" {
				h["Access-Control-Expose-Headers"] = exposed
			}
			if r.Method != http.MethodOptions {
				next.ServeHTTP(w, r)
				return
			}
			h.Set("Access-Control-Allow-Methods", methods)
			if allowed := allowedHeaders(headers, r.Header.Get("Access-Control-Request-Headers")); allowed != "" {
				h.Set("Access-Control-Allow-Headers", allowed)
			}
			h.Set("Access-Control-Max-Age", preflightFor)
			h.Add("Vary", "Access-Control-Request-Headers")
			w.WriteHeader(http.StatusNoContent)
		})
	}
}

// allowedHeaders joins what the door names with what the page asks for, as far as those are header names.
func allowedHeaders(named, asked string) string {
	if len(asked) > longestAsk {
		return named
	}
	out := named
	for name := range strings.SplitSeq(asked, ",") {
		name = strings.TrimSpace(name)
		if !headerName(name) || strings.Contains(strings.ToLower(", "+out+","), ", "+strings.ToLower(name)+",") {
			continue
		}
		if out != "" {
			out += ", "
		}
		out += name
	}
	return out
}

func headerName(s string) bool {
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return s != ""
}
