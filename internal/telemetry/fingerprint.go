package telemetry

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"
)

const (
	fingerprintBytes = 8   // of SHA-256: 16 hexadecimal characters; a clash needs billions of issues
	callers          = 2   // named functions of our own that tell one fault from another
	shortestName     = 4   // shorter names are the minifier's and change with every build
	deepestFrame     = 40  // lines of a stack that are looked at
	longestFrame     = 500 // bytes of a line that are looked at
)

// Fingerprint names a fault: the same for the same fault, whatever the release, the bundle's hash, the line, the
// visitor or the record it happened with. It is made of the error's type, the component, the message without what
// varies, and the innermost named functions of the application itself. Minified names do not count.
func Fingerprint(name, message, stack, component string) string {
	parts := append([]string{name, component, stable(message)}, functions(stack)...)
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:fingerprintBytes])
}

var (
	webAddress = regexp.MustCompile(`(?:[a-z][a-z0-9+.-]{1,20}:)?//[^\s"'<>)]+|blob:[^\s"'<>)]+`)
	// A property that could not be read names the fault; other quoted things are what a visitor had.
	quoted = regexp.MustCompile(`((?:reading|setting|property|evaluating)\s+)?("[^"\n]{0,300}"|'[^'\n]{0,300}'|` + "`[^`\n]{0,300}`)")
	// Words with a digit in them (ids, hashes, numbers, dates) vary; so do long hexadecimal ones.
	varying = regexp.MustCompile(`[A-Za-z0-9_.:-]*[0-9][A-Za-z0-9_.:-]*|\b[0-9a-fA-F]{8,}\b`)
	spaces  = regexp.MustCompile(`\s+`)
)

// stable is the message without what differs from one occurrence to the next.
func stable(message string) string {
	s := webAddress.ReplaceAllString(message, "<url>")
	s = quoted.ReplaceAllStringFunc(s, func(q string) string {
		if strings.HasPrefix(q, "reading") || strings.HasPrefix(q, "setting") || strings.HasPrefix(q, "property") || strings.HasPrefix(q, "evaluating") {
			return q
		}
		return "<value>"
	})
	s = varying.ReplaceAllString(s, "<n>")
	return strings.TrimSpace(spaces.ReplaceAllString(s, " "))
}

// foreign marks frames of code that is not the application's.
var foreign = []string{"node_modules", "extension://", "/react-dom", "/scheduler", "/vendor", "webpack/", "<anonymous>", "[native code]", "native code"}

// inner are functions of frameworks, as they are called where names survive.
var inner = map[string]bool{
	"renderWithHooks": true, "beginWork": true, "commitRoot": true, "performWorkUntilDeadline": true, "callCallback": true,
	"invokeGuardedCallback": true, "flushSync": true, "batchedUpdates": true, "dispatchEvent": true, "performUnitOfWork": true,
	"workLoopSync": true, "updateFunctionComponent": true, "processTicksAndRejections": true, "promiseReactionJob": true,
	"react-stack-bottom-frame": true, "reactStackBottomFrame": true, "executeDispatch": true, "global code": true, "module code": true,
}

// functions are the names of the innermost functions of the application, at most callers of them.
func functions(stack string) []string {
	var out []string
	lines := 0
	for line := range strings.SplitSeq(stack, "\n") {
		if lines++; lines > deepestFrame || len(out) == callers {
			break
		}
		name, ours := frame(strings.TrimSpace(line[:min(len(line), longestFrame)]))
		if ours && len(name) >= shortestName && !inner[name] {
			out = append(out, name)
		}
	}
	return out
}

// frame reads one line of a stack as Chromium writes it, "at save (https://…)", or as Firefox and Safari do,
// "save@https://…". ours is false for other lines, unnamed functions and foreign code.
func frame(line string) (name string, ours bool) {
	for _, mark := range foreign {
		if strings.Contains(line, mark) {
			return "", false
		}
	}
	if rest, chromium := strings.CutPrefix(line, "at "); chromium {
		name, _, named := strings.Cut(rest, " (")
		if !named {
			return "", false
		}
		return plain(name), true
	}
	name, place, firefox := strings.Cut(line, "@")
	if !firefox || !strings.Contains(place, ":") || strings.ContainsAny(name, " \t") {
		return "", false
	}
	return plain(name), true
}

// plain is the function's own name: without async, new, the object it was called on, or the marks of closures.
func plain(name string) string {
	name = strings.TrimPrefix(strings.TrimPrefix(name, "async "), "new ")
	name, _, _ = strings.Cut(name, " [as ")
	name = strings.TrimRight(name, "/<*")
	if at := strings.LastIndexAny(name, "./"); at >= 0 {
		name = name[at+1:]
	}
	return name
}
