package engine

import "strings"

// version is a semantic version (semver.org, 2.0.0). What is built from it does not count in comparisons.
type version struct {
	core       [3]string // digits, of any length
	prerelease string    // identifiers with points between them
}

func parseVersion(text string) (v version, valid bool) {
	rest, build, built := strings.Cut(text, "+")
	if built && !identifiers(build) {
		return version{}, false
	}
	core, prerelease, pre := strings.Cut(rest, "-")
	for i := range v.core {
		part, after, more := strings.Cut(core, ".")
		if more != (i < len(v.core)-1) || !digits(part) || leadingZero(part) {
			return version{}, false
		}
		v.core[i], core = part, after
	}
	if !pre {
		return v, true
	}
	if !identifiers(prerelease) {
		return version{}, false
	}
	for part := range strings.SplitSeq(prerelease, ".") {
		if digits(part) && leadingZero(part) {
			return version{}, false
		}
	}
	v.prerelease = prerelease
	return v, true
}

func leadingZero(digits string) bool { return len(digits) > 1 && digits[0] == '0' }

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
	case v.prerelease == w.prerelease:
		return 0
	case v.prerelease == "":
		return 1
	case w.prerelease == "":
		return -1
	}
	for a, b := v.prerelease, w.prerelease; ; {
		one, restA, moreA := strings.Cut(a, ".")
		two, restB, moreB := strings.Cut(b, ".")
		if order := comparePrerelease(one, two); order != 0 {
			return order
		}
		if !moreA || !moreB {
			return number01(moreA) - number01(moreB)
		}
		a, b = restA, restB
	}
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
