package auth

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// Parameters of argon2id after RFC 9106, the choice for less memory: 3 passes over 64 MiB, 4 lanes.
const (
	passes    = 3
	memoryKiB = 64 << 10
	lanes     = 4
	keyBytes  = 32
	saltBytes = 16
)

// hashPassword gives passes$memory$lanes$salt$key, so that the parameters can grow without locking anybody out.
func hashPassword(password string) string {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	key := argon2.IDKey([]byte(password), salt, passes, memoryKiB, lanes, keyBytes)
	return fmt.Sprintf("argon2id$%d$%d$%d$%s$%s", passes, memoryKiB, lanes, text(salt), text(key))
}

// samePassword compares in time that does not depend on where they differ.
func samePassword(stored, password string) bool {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 {
		return false
	}
	var t, m uint32
	var p uint8
	if _, err := fmt.Sscanf(strings.Join(parts[1:4], " "), "%d %d %d", &t, &m, &p); err != nil || t == 0 || p == 0 {
		return false
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	key, keyErr := base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || keyErr != nil || len(key) != keyBytes {
		return false
	}
	return subtle.ConstantTimeCompare(key, argon2.IDKey([]byte(password), salt, t, m, p, keyBytes)) == 1
}

func text(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }
