// Package fault is how Belay says that something went wrong: a code for machines,
// a sentence for people, and a hint at the way out.
package fault

import (
	"errors"
	"fmt"
)

// Code tells machines what kind of thing went wrong. Doors map it to their own protocol's status.
type Code string

// The codes, from the caller's side: what it may do about the fault differs for each.
const (
	Invalid         Code = "invalid"         // the request is wrong; sending it again will not help
	Unauthenticated Code = "unauthenticated" // no key or a wrong one
	Forbidden       Code = "forbidden"       // known, but not allowed
	NotFound        Code = "not_found"       // no such thing
	Conflict        Code = "conflict"        // the thing is in a state that does not allow this
	TooLarge        Code = "too_large"       // more bytes or items than the limit
	Limited         Code = "rate_limited"    // too often; wait and send again
	Unavailable     Code = "unavailable"     // Belay cannot do this now; send again later
	Internal        Code = "internal"        // a bug in Belay; the text is not shown to callers
)

// Codes lists every code, for tests that check that each door knows them all.
func Codes() []Code {
	return []Code{Invalid, Unauthenticated, Forbidden, NotFound, Conflict, TooLarge, Limited, Unavailable, Internal}
}

// Field names one wrong place of a request, so that a form can show the message beside the input.
type Field struct {
	Path    string `json:"path"`    // where, as in body.plan.phases[2].percent
	Message string `json:"message"` // what was wrong there
}

// Error is a fault. Its Error text is one sentence for people.
type Error struct {
	Code   Code
	Text   string
	Way    string // the way out, "" when there is none
	Fields []Field
	cause  error
}

// New makes a fault with a sentence for people.
func New(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Text: err.Error(), cause: errors.Unwrap(err)}
}

// Hint adds the way out, such as the command that shows what exists.
func (e *Error) Hint(format string, args ...any) *Error {
	e.Way = fmt.Sprintf(format, args...)
	return e
}

// At adds one wrong place of the request.
func (e *Error) At(path, format string, args ...any) *Error {
	e.Fields = append(e.Fields, Field{Path: path, Message: fmt.Sprintf(format, args...)})
	return e
}

// Check adds one wrong place unless what is asked of it holds.
func (e *Error) Check(holds bool, path, format string, args ...any) {
	if !holds {
		_ = e.At(path, format, args...)
	}
}

// Found is the fault when any wrong place was added, and nil when none was.
func (e *Error) Found() error {
	if len(e.Fields) == 0 {
		return nil
	}
	return e
}

// Beyond are the wrong places that the sentence itself does not name: of a file with one mistake the sentence is that mistake.
func (e *Error) Beyond() []Field {
	var more []Field
	for _, f := range e.Fields {
		if f.Path+": "+f.Message != e.Text {
			more = append(more, f)
		}
	}
	return more
}

func (e *Error) Error() string { return e.Text }

// Unwrap gives what caused the fault, when it was made with %w.
func (e *Error) Unwrap() error { return e.cause }

// CodeOf gives the code of the first fault in err's chain, Internal for any other error and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if f, ok := errors.AsType[*Error](err); ok {
		return f.Code
	}
	return Internal
}

// Is says whether err carries a fault of that code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }
