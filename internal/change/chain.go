package change

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"hash"
)

// Hash is a SHA-256, written in hexadecimal.
type Hash string

// Link is one commit's place in the chain of all commits. Whoever knows the newest Chain can tell that nothing before it
// was changed, left out or put in later.
type Link struct {
	Revision int64
	Digest   Hash // of what the commit says
	Chain    Hash // of the chain before it and the digest
}

// Digest is a hash of all that a commit says: revision, time in µs, actor, reason and changes, each with its length, so
// that no two commits say the same bytes. JSON counts without its white space.
func (c Commit) Digest() Hash {
	h := sha256.New()
	number(h, c.Revision)
	number(h, c.At.UnixMicro())
	for _, part := range []string{string(c.Actor.Kind), c.Actor.ID, c.Actor.Name, c.Reason} {
		text(h, []byte(part))
	}
	number(h, int64(len(c.Changes)))
	for _, ch := range c.Changes {
		for _, part := range []string{ch.Kind, ch.EnvironmentID, ch.Subject} {
			text(h, []byte(part))
		}
		text(h, canonical(ch.Before))
		text(h, canonical(ch.After))
	}
	return Hash(hex.EncodeToString(h.Sum(nil)))
}

// Next is the chain with one more commit. The chain before the first one is "".
func (before Hash) Next(digest Hash) Hash {
	h := sha256.New()
	text(h, []byte(before))
	text(h, []byte(digest))
	return Hash(hex.EncodeToString(h.Sum(nil)))
}

func text(h hash.Hash, part []byte) {
	number(h, int64(len(part)))
	_, _ = h.Write(part) // a hash takes everything
}

func number(h hash.Hash, n int64) {
	_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) //nolint:gosec // every bit counts
}

// canonical is JSON in the one form in which it is stored and sent.
func canonical(raw json.RawMessage) []byte {
	var compact, escaped bytes.Buffer
	if json.Compact(&compact, raw) != nil { // what is not JSON cannot be stored as a change
		return raw
	}
	json.HTMLEscape(&escaped, compact.Bytes())
	return escaped.Bytes()
}
