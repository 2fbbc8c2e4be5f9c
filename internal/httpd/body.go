package httpd

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/siteproof/belay/internal/fault"
)

// Limits bound a body, in bytes.
type Limits struct {
	Sent     int64 // as it comes over the wire
	Unpacked int64 // after gzip
}

// ReadBody reads a whole body, plain or gzip. Gzip is recognised by Content-Encoding or, when there is none, by its
// first two bytes, because sendBeacon can set no header. Never more than the limits is held in memory.
// It answers fault.TooLarge over a limit and fault.Invalid for a body that breaks off or does not unpack.
func ReadBody(r *http.Request, limits Limits) ([]byte, error) {
	sent, err := ReadSent(r, limits)
	if err != nil {
		return nil, err
	}
	return Unpack(r, sent, limits)
}

// ReadSent is the first half of ReadBody, which waits for the caller: the bytes as they come over the wire.
func ReadSent(r *http.Request, limits Limits) ([]byte, error) {
	if r.ContentLength > limits.Sent {
		return nil, tooLarge("the body is %d bytes; the limit is %d", r.ContentLength, limits.Sent)
	}
	sent, err := readAtMost(r.Body, limits.Sent, r.ContentLength)
	switch {
	case errors.Is(err, errOver):
		return nil, tooLarge("the body is longer than the limit of %d bytes", limits.Sent)
	case err != nil:
		return nil, fault.New(fault.Invalid, "the body broke off after %d bytes: %w", len(sent), err)
	}
	return sent, nil
}

// Unpack is the second half of ReadBody, which waits for nobody and may take Limits.Unpacked of memory: a door can
// let few in at a time.
func Unpack(r *http.Request, sent []byte, limits Limits) ([]byte, error) {
	packed := len(sent) >= 2 && sent[0] == 0x1f && sent[1] == 0x8b
	switch encoding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		if !packed {
			return nil, fault.New(fault.Invalid, "the body says Content-Encoding: gzip but is not gzip")
		}
	default:
		return nil, fault.New(fault.Invalid, "Content-Encoding %q is not known here", encoding).Hint("send the body plain or as gzip")
	}
	if !packed {
		if int64(len(sent)) > limits.Unpacked {
			return nil, tooLarge("the body is longer than the limit of %d bytes", limits.Unpacked)
		}
		return sent, nil
	}
	return unpack(sent, limits.Unpacked)
}

func unpack(sent []byte, limit int64) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(sent))
	if err != nil {
		return nil, fault.New(fault.Invalid, "the body starts like gzip but does not unpack: %w", err)
	}
	out, err := readAtMost(z, limit, 0)
	switch {
	case errors.Is(err, errOver):
		return nil, tooLarge("the body unpacks to more than the limit of %d bytes", limit)
	case err != nil:
		return nil, fault.New(fault.Invalid, "the body does not unpack: %w", err)
	}
	return out, nil
}

var errOver = errors.New("over the limit")

const (
	leastRead   = 512     // bytes of memory for a body of unknown length, to begin with
	mostForTold = 8 << 10 // bytes of memory that a body gets before it has come: its length is only what the sender says
)

// readAtMost stops one byte over the limit, whatever the other side says about its length.
func readAtMost(r io.Reader, limit, told int64) ([]byte, error) {
	if told <= 0 {
		told = leastRead
	}
	out := make([]byte, 0, min(told, mostForTold)+1)
	for {
		n, err := r.Read(out[len(out):cap(out)])
		out = out[:len(out)+n]
		switch {
		case int64(len(out)) > limit:
			return nil, errOver
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return out, err
		case len(out) == cap(out):
			out = append(out, 0)[:len(out)]
		}
	}
}

func tooLarge(format string, args ...any) *fault.Error {
	return fault.New(fault.TooLarge, format, args...).Hint("send it in smaller parts")
}
