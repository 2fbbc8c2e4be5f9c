package engine

import (
	"fmt"
	"strings"
)

// version is a semantic version (semver.org, 2.0.0). What is built from it does not count in comparisons.
type version struct {
	core       [3]string // digits, of any length
	prerelease []string
}

func parseVersion(text string) (version, error) {
	wrong := fmt.Errorf("%q is not a semantic version such as 1.2.3", text)
	rest, build, built := strings.Cut(text, "+")
	if built && !identifiers(build) {
		return version{}, wrong
	}
	core, prerelease, pre := strings.Cut(rest, "-")
	var v version
	parts := strings.Split(core, ".")
	if len(parts) != len(v.core) {
		return version{}, wrong
	}
	for i, part := range parts {
		if !digits(part) || (len(part) > 1 && part[0] == '0') {
			return version{}, wrong
		}
		v.core[i] = part
	}
	if !pre {
		return v, nil
	}
	if !identifiers(prerelease) {
		return version{}, wrong
	}
	v.prerelease = strings.Split(prerelease, ".")
	for _, part := range v.prerelease {
		if digits(part) && len(part) > 1 && part[0] == '0' {
			return version{}, wrong
		}
	}
	return v, nil
}

func identifiers(text string) bool {
	for part := range strings.SplitSeq(text, ".") {
		if part == "" || strings.Trim(part, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-") != "" {
			return false
		}
	}
	return true
}

// compare orders by precedence (semver.org, item 11).
func (v version) compare(w version) int {
	for i := range v.core {
		if order := compareDigits(v.core[i], w.core[i]); order != 0 {
			return order
		}
	}
	switch {
	case len(v.prerelease) == 0 && len(w.prerelease) == 0:
		return 0
	case len(v.prerelease) == 0:
		return 1
	case len(w.prerelease) == 0:
		return -1
	}
	for i := range min(len(v.prerelease), len(w.prerelease)) {
		if order := comparePrerelease(v.prerelease[i], w.prerelease[i]); order != 0 {
			return order
		}
	}
	return len(v.prerelease) - len(w.prerelease)
}

// comparePrerelease puts numbers before words.
func comparePrerelease(a, b string) int {
	switch numberA, numberB := digits(a), digits(b); {
	case numberA && numberB:
		return compareDigits(a, b)
	case numberA:
		return -1
	case numberB:
		return 1
	}
	return strings.Compare(a, b)
}
