package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// maxBody bounds every request: the largest honest one is a drawn signature of some 60 kB.
const maxBody = 512 << 10

// readBody reads at most maxBody bytes of JSON text.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); strings.TrimSpace(kind) != "application/json" {
		return nil, refuse(http.StatusUnsupportedMediaType, "media-type", "Not JSON", "The body must be application/json.")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, refuse(http.StatusRequestEntityTooLarge, "too-large", "Too large", "The body may hold %d bytes at most.", maxBody)
	}
	if err != nil {
		return nil, malformed("The body ended early.")
	}
	return body, nil
}

// decode reads exactly one JSON value into out.
func decode(body []byte, out any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	err := decoder.Decode(out)
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) && wrong.Field != "" {
		return invalid(fieldProblem{wrong.Field, fmt.Sprintf("A %s does not belong here.", wrong.Value)})
	}
	if err != nil {
		return malformed("The body is not the JSON that belongs here.")
	}
	if decoder.More() {
		return malformed("The body holds more than one JSON value.")
	}
	return nil
}

func invalid(fields ...fieldProblem) *problem {
	p := refuse(http.StatusUnprocessableEntity, "invalid", "Please check what was entered", "%s", fields[0].Message)
	p.Fields = fields
	return p
}

// checks gathers what is wrong with a form, so that all of it is said at once.
type checks struct{ fields []fieldProblem }

func (c *checks) add(ok bool, name, message string) {
	if !ok {
		c.fields = append(c.fields, fieldProblem{name, message})
	}
}

// text trims and bounds a text; needed texts may not be empty.
func (c *checks) text(name string, value *string, needed bool, limit int) {
	*value = strings.TrimSpace(*value)
	c.add(!needed || *value != "", name, "This is needed.")
	c.add(utf8.RuneCountInString(*value) <= limit, name, fmt.Sprintf("At most %d characters, please.", limit))
	c.add(!strings.ContainsRune(*value, 0), name, "This holds a character that cannot be stored.")
}

// day checks a calendar day; an empty one passes unless needed.
func (c *checks) day(name, value string, needed bool) {
	if value == "" && !needed {
		return
	}
	_, err := time.Parse(time.DateOnly, value)
	c.add(err == nil, name, "A day is needed, such as 2026-11-24.")
}

func oneOf[T ~string](c *checks, name string, value T, allowed ...T) {
	c.add(slices.Contains(allowed, value), name, "This is not one of the choices.")
}

func (c *checks) err() error {
	if len(c.fields) == 0 {
		return nil
	}
	return invalid(c.fields...)
}
