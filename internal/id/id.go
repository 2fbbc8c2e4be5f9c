// Package id makes short, prefixed identifiers that sort by the time they were made: flg_01k…, rol_01k….
package id

import (
	"strings"

	"github.com/oklog/ulid/v2"
)

// New makes an identifier such as rol_01kaz3…: the prefix tells people and logs what it names.
func New(prefix string) string {
	return prefix + "_" + strings.ToLower(ulid.Make().String())
}
