package telemetry

import (
	"regexp"
	"strings"
)

// What is put in place of what was taken out.
const (
	noEmail = "[email]"
	noCard  = "[card]"
	noToken = "[token]"
)

var (
	email = regexp.MustCompile(`[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}`)
	card  = regexp.MustCompile(`\b[0-9](?:[ -]?[0-9]){12,18}\b`)
	// Web tokens, bearer credentials, and what stands behind names that mean a secret.
	webToken = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?`)
	bearer   = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}`)
	secret   = regexp.MustCompile(`(?i)\b((?:access_?|refresh_?|id_?|auth_?|api_?|csrf_?)?(?:token|key|secret|password|passwd|pwd|session(?:_?id)?|signature|sig|code))(["']?\s*[=:]\s*["']?)([^\s"'&,;)}]{6,})`)
)

// secretWords are looked for before the slow expression runs.
var secretWords = []string{"token", "key", "secret", "pass", "pwd", "session", "sig", "code"}

// Scrub takes out what should not be kept of a message or a stack: e-mail addresses, card numbers (those whose check
// digit is right), web tokens, credentials, and the values of parameters named like secrets.
func Scrub(s string) string {
	if s == "" {
		return s
	}
	if strings.Contains(s, "@") {
		s = email.ReplaceAllStringFunc(s, scrubEmail)
	}
	if strings.Contains(s, "eyJ") {
		s = webToken.ReplaceAllString(s, noToken)
	}
	lower := strings.ToLower(s)
	if strings.Contains(lower, "bearer") || strings.Contains(lower, "basic") {
		s = bearer.ReplaceAllString(s, "$1 "+noToken)
	}
	for _, word := range secretWords {
		if strings.Contains(lower, word) && strings.ContainsAny(s, "=:") {
			s = secret.ReplaceAllString(s, "$1$2"+noToken)
			break
		}
	}
	if hasDigits(s, 13) {
		s = card.ReplaceAllStringFunc(s, scrubCard)
	}
	return s
}

// scrubEmail leaves what only looks like an address: the frames of Firefox and Safari, as in save@main.js.
func scrubEmail(s string) string {
	domain := s[strings.LastIndexByte(s, '@')+1:]
	switch domain[strings.LastIndexByte(domain, '.')+1:] {
	case "js", "mjs", "cjs", "ts", "tsx", "jsx", "html", "wasm":
		return s
	}
	if top := domain[strings.LastIndexByte(domain, '.')+1:]; strings.Trim(top, "0123456789") == "" { // a version: react-dom@19.0.0
		return s
	}
	return noEmail
}

// scrubCard applies the check digit of ISO/IEC 7812 (Luhn), so that times and other long numbers stay.
func scrubCard(s string) string {
	sum, double := 0, false
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] < '0' || s[i] > '9' {
			continue
		}
		digit := int(s[i] - '0')
		if double {
			if digit *= 2; digit > 9 {
				digit -= 9
			}
		}
		sum, double = sum+digit, !double
	}
	if sum%10 != 0 {
		return s
	}
	return noCard
}

// hasDigits says whether s has so many digits with nothing but spaces and dashes between them.
func hasDigits(s string, need int) bool {
	run := 0
	for _, c := range []byte(s) {
		switch {
		case c >= '0' && c <= '9':
			if run++; run >= need {
				return true
			}
		case c != ' ' && c != '-':
			run = 0
		}
	}
	return false
}
