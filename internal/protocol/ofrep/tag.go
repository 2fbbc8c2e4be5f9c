package ofrep

import (
	"encoding/hex"
	"math/bits"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/siteproof/belay/internal/flag"
	"github.com/siteproof/belay/internal/tenant"
)

const (
	questionDigits = 32 // hexadecimal, of a tag's first half
	answerDigits   = 16 // of its second
)

// question is the first half of a tag: who asks, for whom, at which revision. The same question has the same answer, also
// after a restart and on every machine. For whom is taken as it was written: another order of properties is another
// question, whose answer the second half compares.
type question [questionDigits]byte

func questionOf(e *tenant.Environment, side tenant.Side, revision int64, body []byte) (q question) {
	seed := xxh3.HashStringSeed(string(side), uint64(revision)) //nolint:gosec // any number
	sum := xxh3.Hash128Seed(body, xxh3.HashStringSeed(e.ClientKey, seed)).Bytes()
	hex.Encode(q[:], sum[:])
	return q
}

// asked finds a tag of If-None-Match that was given for the same question, "" when there is none.
func asked(given []string, q question) string {
	for tag := range tags(given) {
		if len(tag) == len(`"-"`)+questionDigits+answerDigits && tag[1:1+questionDigits] == string(q[:]) {
			return tag
		}
	}
	return ""
}

// entityTag is a strong tag of an answer, and says whether If-None-Match names one of the same flags. The session is left
// out: it is the asker's own.
func entityTag(given []string, q question, decisions []*flag.Decision) (tag string, same bool) {
	const prime = 0x9e3779b97f4a7c15 // odd, with its bits well spread
	sum := uint64(prime)
	for _, d := range decisions {
		sum = bits.RotateLeft64(sum^d.Sum(), 29) * prime
	}
	text := make([]byte, 0, len(`"-"`)+questionDigits+answerDigits)
	text = append(append(append(text, '"'), q[:]...), '-')
	for shift := 60; shift >= 0; shift -= 4 {
		text = append(text, "0123456789abcdef"[sum>>shift&15])
	}
	tag = string(append(text, '"'))
	answer := tag[len(tag)-answerDigits-len(`-"`):]
	for candidate := range tags(given) {
		if candidate == "*" || (len(candidate) == len(tag) && strings.HasSuffix(candidate, answer)) {
			return tag, true
		}
	}
	return tag, false
}

// tags lists what If-None-Match names (RFC 9110, 13.1.2, which compares weakly).
func tags(given []string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, header := range given {
			for candidate := range strings.SplitSeq(header, ",") {
				if !yield(strings.TrimPrefix(strings.TrimSpace(candidate), "W/")) {
					return
				}
			}
		}
	}
}
